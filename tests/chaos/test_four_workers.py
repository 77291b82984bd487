"""Four workers, two thousand queues of all kinds that fall due at once, alarms and cron ticks all together.

To be run ten times in a row: for i in $(seq 10); do pytest tests/chaos/test_four_workers.py || break; done
"""

import asyncio
from collections import Counter

from support.production.mixed import mixed_queues, outcomes_of
from support.production.seeds import connect
from support.production.stage import CRON_SECONDS
from support.production.truth import assert_each_slot_is_accounted_for, assert_nothing_twice, counts, outcomes
from support.story import soon

from perennial.jobs.worker_functions import WorkerFunction

USERS = [f"user{n}" for n in range(100)]
QUEUES = 2_000


async def test_four_workers_run_two_thousand_due_queues_once_each(stage):
    """Half of them are due before a worker is there, the others a little later, by an alarm."""
    await connect(stage, USERS)
    await mixed_queues(stage, USERS * (QUEUES // 200))
    workers = [stage.worker() for _ in range(4)]
    await mixed_queues(stage, USERS * (QUEUES // 200), soon(5))
    await asyncio.gather(*(stage.work(call) for call in (*WorkerFunction, *WorkerFunction) for _ in range(4)))
    await stage.seconds_pass(5)
    await stage.settled(2 * CRON_SECONDS)
    assert [worker.poll() for worker in workers] == [None] * 4
    assert await counts(stage) == {
        "ledger": outcomes_of(QUEUES).total(),
        "clones": QUEUES,
        "published": 2 * QUEUES,
        "requests": 2 * QUEUES,
    }
    assert await outcomes(stage) == outcomes_of(QUEUES)
    assert Counter((await stage.requests()).values()) == {1: 2 * QUEUES}
    assert {len(ids) for ids in (await stage.posts()).values()} == {1}
    await assert_nothing_twice(stage)
    await assert_each_slot_is_accounted_for(stage)
