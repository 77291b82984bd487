"""Workers whose clocks are 90 seconds apart: the database's clock says what is due, for all of them."""

import asyncio
from datetime import datetime, timedelta

import pytest
from support.production.seeds import connect, posts, queues
from support.production.stage import CRON_SECONDS, Stage
from support.production.truth import assert_nothing_twice, counts, publications
from support.story import eventually, soon

from perennial.jobs.worker_functions import WorkerFunction

USERS = [f"user{n}" for n in range(20)]
LATER = timedelta(seconds=85)  # past for a clock that is ahead, and longer than the test
_MOVED = """
    SELECT posts.id FROM queue_executions JOIN posts ON posts.id = post_id JOIN publications USING (post_id)
    WHERE publications.scheduled_time <> queue_executions.scheduled_time
"""


@pytest.mark.parametrize("seconds", [90, -90])
async def test_with_a_worker_whose_clock_is_off_all_goes_out_once_and_nothing_before_its_time(stage, seconds):
    await connect(stage, USERS)
    skewed = ("tests/chaos/skewed_worker.py", str(seconds))
    await asyncio.gather(stage.ready_worker(), stage.ready_worker(skewed))
    due = [soon(2 + n / 4) for n in range(len(USERS))]
    for user, time in zip(USERS, due, strict=True):
        await queues(stage, [user], time)
        await posts(stage, [user], time)
    await queues(stage, USERS, soon(LATER.total_seconds()))
    await posts(stage, USERS, soon(LATER.total_seconds()))
    for call in WorkerFunction:
        await stage.arm(call, *due, due[0] + LATER)
        await stage.work(call)
    await eventually(lambda: are_out(stage, 4 * len(USERS)), "what is due is out", CRON_SECONDS)
    total = {"ledger": len(USERS), "clones": len(USERS), "published": 4 * len(USERS), "requests": 4 * len(USERS)}
    assert await counts(stage) == total
    await assert_on_the_dot(stage, due)
    await assert_nothing_twice(stage)


async def are_out(stage: Stage, number: int) -> bool:
    return await stage.one("SELECT count(*) >= $1 FROM publications WHERE status = 'published'", number)


async def assert_on_the_dot(stage: Stage, due: list[datetime]) -> None:
    """The ledger names the occurrences that were planned, the clones keep them, and no request came before."""
    ran = await stage.rows("SELECT scheduled_time FROM queue_executions ORDER BY 1")
    assert [row["scheduled_time"] for row in ran] == due
    assert await stage.rows(_MOVED) == []
    found = await publications(stage)
    arrived = (await stage.platforms.get("/sandbox/requests")).json()
    for one in arrived:
        row = found[one["platform"], one["user"], one["text"]]
        assert row["scheduled_time"] <= datetime.fromisoformat(one["time"])
        assert row["scheduled_time"] <= row["request_started_time"] <= row["published_time"]
