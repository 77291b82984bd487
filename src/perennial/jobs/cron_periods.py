"""How often the cron looks for due queues. Alarms make the times exact in between; the cron makes them certain."""

from datetime import datetime, timedelta

from perennial.settings import CronPeriod

PERIODS = {
    CronPeriod.MINUTE: timedelta(minutes=1),
    CronPeriod.HOUR: timedelta(hours=1),
    CronPeriod.DAY: timedelta(days=1),
}

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00Z")


def next_run(every: CronPeriod, now: datetime) -> datetime:
    """The first run after `now`."""
    return now + PERIODS[every] - (now - _EPOCH) % PERIODS[every]


def armed_until(every: CronPeriod, now: datetime) -> datetime:
    """Up to when alarms are set ahead: to the end of the period after this one.

    A period is the cron's by the worker's clock and ours by the database's, and a change may be committed while a tick
    looks: with one period in hand, neither leaves a queue without its alarm.
    """
    return next_run(every, now) + PERIODS[every]
