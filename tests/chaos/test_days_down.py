"""Eight hundred queues after days without a worker, and after a year: what was missed runs once, and the old rhythm
goes on.
"""

from datetime import UTC, datetime, time, timedelta

from support.api import RUN_QUEUE_NOW, UPDATE_QUEUE
from support.production.mixed import DAY, TWO_HOURS, ZONE, mixed_queues, wall, zone_by_day
from support.production.seeds import ago, connect
from support.production.stage import CRON_SECONDS
from support.production.truth import (
    assert_each_slot_is_accounted_for,
    assert_nothing_twice,
    counts,
    outcomes,
)

USERS = [f"user{n}" for n in range(50)]
QUEUES = 800
YEAR = 400  # days, in which the clocks went forward and back
_BEHIND = "SELECT id FROM recurring_queues WHERE next_scheduled_time <= now() OR next_scheduled_time > now() + $1"
_RAN = """
    SELECT DISTINCT missed_count, scheduled_time AT TIME ZONE $1 AS time FROM queue_executions
    WHERE outcome = 'executed' ORDER BY missed_count
"""


async def test_after_days_down_each_queue_runs_once_counts_what_it_missed_and_keeps_its_time_of_day(stage):
    """An hour more than three days ago those of 24 hours had their first of four occurrences since. Of those in a zone
    the last was an hour ago by its clocks, as the first was 400 days ago.
    """
    await connect(stage, USERS)
    since = ago(days=3, hours=1)
    last = ago(hours=1)
    first = (wall(last) - YEAR * DAY).replace(tzinfo=ZONE)
    await mixed_queues(stage, USERS * (QUEUES // 100), since, ["X"], ["plain", "rotation"])
    await mixed_queues(stage, USERS * (QUEUES // 100), first, ["LINKEDIN"], ["zoned"])
    workers = [stage.worker() for _ in range(2)]
    await stage.settled(CRON_SECONDS)
    assert [worker.poll() for worker in workers] == [None, None]
    total = {"ledger": QUEUES, "clones": QUEUES, "published": QUEUES, "requests": QUEUES}
    assert await counts(stage) == total
    assert await outcomes(stage) == {("executed", None, 3): QUEUES // 2, ("executed", None, YEAR): QUEUES // 2}
    ran = [(row["missed_count"], row["time"]) for row in await stage.rows(_RAN, ZONE.key)]
    assert ran == [(3, wall(since + 3 * DAY)), (YEAR, wall(last))]
    assert await stage.rows(_BEHIND, DAY + timedelta(hours=1)) == []
    await assert_nothing_twice(stage)
    await assert_each_slot_is_accounted_for(stage)


async def test_what_an_owner_decides_before_a_worker_comes_leaves_each_slot_in_the_ledger_once(stage):
    """One queue is given its next time, and one has its last run by hand, after three days without a worker."""
    await connect(stage, ["alice"])
    since = ago(days=3, hours=1)
    (postponed,) = await mixed_queues(stage, ["alice"], since, kinds=["plain"])
    (at_maximum,) = await mixed_queues(stage, ["alice"], since, kinds=["plain"], max_executions=1)
    await stage.server()
    alice = stage.user("alice")
    await alice.do(UPDATE_QUEUE, id=str(postponed), nextScheduledTime=since + 4 * DAY)
    await alice.do(RUN_QUEUE_NOW, id=str(at_maximum), idempotencyKey="the last")
    passed_over = {("skipped", "SCHEDULE_CHANGED", 4): 1, ("skipped", "MAX_EXECUTIONS_REACHED", 4): 1}
    assert await outcomes(stage) == passed_over | {("executed", None, 0): 1}
    await assert_each_slot_is_accounted_for(stage)


def test_whenever_this_runs_its_times_of_day_are_such_as_no_clock_skips_or_shows_twice():
    """The clocks of both zones change between one and three."""
    hours = [datetime(2027, 1, 1, tzinfo=UTC) + number * timedelta(hours=1) for number in range(365 * 24)]
    assert all(time(3) < (one - TWO_HOURS).astimezone(zone_by_day(one)).time() for one in hours)
