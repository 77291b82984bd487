"""How often the cron calls the worker's functions. Alarms make the calls punctual; the cron makes them certain."""

from datetime import datetime, timedelta

from perennial.settings import CronPeriod

PERIODS = {
    CronPeriod.MINUTE: timedelta(minutes=1),
    CronPeriod.HOUR: timedelta(hours=1),
    CronPeriod.DAY: timedelta(days=1),
}

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00Z")


def next_run(period: CronPeriod, now: datetime) -> datetime:
    """The time of the cron's first run after `now`."""
    return now + PERIODS[period] - (now - _EPOCH) % PERIODS[period]


def alarm_horizon(period: CronPeriod, now: datetime) -> datetime:
    """The time up to which alarms are set: the end of the period after the current one.

    The cron runs by the worker's clock and `now` is the database's, and a change may be committed while a tick reads.
    The extra period makes sure that neither leaves a queue without its alarm.
    """
    return next_run(period, now) + PERIODS[period]
