"""A thousand queues after three days without a worker: what was missed runs once, and the old rhythm goes on."""

from datetime import timedelta

from support.production.seeds import ago, connect, queues
from support.production.stage import CRON_SECONDS
from support.production.truth import assert_nothing_twice, counts, outcomes

USERS = [f"user{n}" for n in range(50)]
QUEUES = 1_000
_OFF_THE_GRID = """
    SELECT id FROM recurring_queues
    WHERE next_scheduled_time NOT IN ($1, $2) OR next_scheduled_time <= now()
       OR next_scheduled_time <> last_executed_time + interval * INTERVAL '1 day'
"""


async def test_after_three_days_down_each_queue_runs_once_counts_what_it_missed_and_keeps_its_grid(stage):
    """An hour more than three days ago: the daily ones had four occurrences since, the weekly ones one."""
    await connect(stage, USERS)
    since = ago(days=3, hours=1)
    await queues(stage, USERS * (QUEUES // 100), since, ["X"], interval=1)
    await queues(stage, USERS * (QUEUES // 100), since, ["LINKEDIN"], interval=7)
    workers = [stage.worker() for _ in range(2)]
    await stage.settled(CRON_SECONDS)
    assert [worker.poll() for worker in workers] == [None, None]
    total = {"ledger": QUEUES, "clones": QUEUES, "published": QUEUES, "requests": QUEUES}
    assert await counts(stage) == total
    assert await outcomes(stage) == {("executed", None, 3): QUEUES // 2, ("executed", None, 0): QUEUES // 2}
    ran = await stage.rows("SELECT DISTINCT missed_count, scheduled_time FROM queue_executions ORDER BY 1")
    assert [row["scheduled_time"] for row in ran] == [since, since + timedelta(days=3)]
    assert await stage.rows(_OFF_THE_GRID, since + timedelta(days=4), since + timedelta(days=7)) == []
    await assert_nothing_twice(stage)
