"""When the cron looks next."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.jobs.cron_periods import PERIODS, next_run
from perennial.settings import CronPeriod

Y2000 = datetime(2000, 1, 1, tzinfo=UTC)
times = st.timedeltas(timedelta(), timedelta(days=70_000)).map(lambda age: Y2000 + age)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron_period", "now", "following"),
    [
        (CronPeriod.MINUTE, "2026-11-23T09:00:00", "2026-11-23T09:01:00"),
        (CronPeriod.MINUTE, "2026-11-23T09:00:59.999", "2026-11-23T09:01:00"),
        (CronPeriod.MINUTE, "2026-12-31T23:59:30", "2027-01-01T00:00:00"),
        (CronPeriod.HOUR, "2026-11-23T09:00:00", "2026-11-23T10:00:00"),
        (CronPeriod.HOUR, "2026-11-23T09:59:59", "2026-11-23T10:00:00"),
        (CronPeriod.DAY, "2026-11-23T00:00:00", "2026-11-24T00:00:00"),
        (CronPeriod.DAY, "2028-02-28T12:00:00", "2028-02-29T00:00:00"),
    ],
)
def test_the_cron_runs_at_second_0_at_minute_0_or_at_midnight_utc(
    cron_period: CronPeriod, now: str, following: str
) -> None:
    assert next_run(cron_period, at(now)) == at(following)


@given(st.sampled_from(CronPeriod), times)
def test_the_next_run_is_ahead_by_a_period_at_most(cron_period: CronPeriod, now: datetime) -> None:
    assert timedelta() < next_run(cron_period, now) - now <= PERIODS[cron_period]


@given(st.sampled_from(CronPeriod), times)
def test_the_runs_are_one_period_apart(cron_period: CronPeriod, now: datetime) -> None:
    following = next_run(cron_period, now)
    assert next_run(cron_period, following) == following + PERIODS[cron_period]
