"""One alarm that is delivered twice, to two workers."""

import asyncio
from datetime import datetime

from support.production.seeds import connect, posts, queues
from support.production.stage import Stage
from support.production.truth import assert_nothing_twice, counts
from support.story import soon

from perennial.core.instants import instant
from perennial.jobs.worker_functions import FUNCTIONS, WorkerFunction

USERS = [f"user{n}" for n in range(50)]


async def test_an_alarm_that_rings_twice_at_once_in_two_workers_runs_and_sends_everything_once(stage):
    await connect(stage, USERS)
    await asyncio.gather(stage.ready_worker(), stage.ready_worker())
    due = soon(2)
    await queues(stage, USERS, due)
    await posts(stage, USERS, due)
    for call in WorkerFunction:
        await stage.arm(call, due)
        await ring_at(stage, call, due, *(f"{call} again {n}" for n in range(3)))
    await stage.seconds_pass(2.5)
    await stage.settled()
    assert await counts(stage) == {"ledger": 50, "clones": 50, "published": 200, "requests": 200}
    await assert_nothing_twice(stage)


async def ring_at(stage: Stage, call: WorkerFunction, due: datetime, *ids: str) -> None:
    """The same alarm under several ids: a process runs two of them at once."""
    async with stage.jobs() as redis:
        for job_id in ids:
            assert await redis.enqueue_job(FUNCTIONS[call], at=instant(due), _job_id=job_id, _defer_until=due)
