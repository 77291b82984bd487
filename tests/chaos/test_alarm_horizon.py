"""Redis holds alarms for what is near, and for nothing else; what was far is armed when it has come near."""

from datetime import datetime
from typing import Any

import pytest
from support.api import DELETE_POST, UNSCHEDULE_POST
from support.production.seeds import connect
from support.production.stage import CRON_SECONDS, Stage
from support.production.truth import assert_nothing_twice
from support.story import eventually, soon

from perennial.core.instants import instant
from perennial.jobs.worker_functions import WorkerFunction

TIMES, AT_ONCE = 500, 25
_DAYS = range(1, TIMES + 1)
_MOVE = """
    WITH moved AS (UPDATE posts SET earliest_time = $1 WHERE status = 'scheduled')
    UPDATE publications SET scheduled_time = $1, next_attempt_time = $1, scheduler_id = $2 WHERE status = 'scheduled'
"""
_CHANGES = f"mutation ({', '.join(f'$i{n}: SchedulePostInput!' for n in range(AT_ONCE))}) {{" + (
    " ".join(f"a{n}: schedulePost(input: $i{n}) {{ post {{ id }} }}" for n in range(AT_ONCE)) + " }"
)


@pytest.fixture
async def talkative(stage) -> Stage:
    """Nobody is told that they ask too much."""
    stage.environment["PERENNIAL_POINTS_PER_MINUTE"] = "0"
    await connect(stage, ["alice"], ["X"])
    await stage.server()
    return stage


async def test_five_hundred_changes_of_mind_about_a_far_day_leave_no_alarm(talkative):
    alice = talkative.user("alice")
    post = await alice.create_post(x="Some day")
    for first in range(0, TIMES, AT_ONCE):
        times = [instant(soon(86_400 * days)) for days in _DAYS[first : first + AT_ONCE]]
        answer = await alice.execute(_CHANGES, **{f"i{n}": _scheduling(post, time) for n, time in enumerate(times)})
        assert "errors" not in answer, answer["errors"]
    assert await alarms(talkative) == set()
    await alice.do(UNSCHEDULE_POST, id=post["id"])
    await alice.do(DELETE_POST, id=post["id"])
    assert await alarms(talkative) == set()


async def test_a_post_ten_minutes_ahead_is_armed_once_it_is_near_and_goes_out_in_time(talkative):
    """Also after Redis has forgotten everything: the call of the cron looks ahead, and sets the alarm."""
    alice = talkative.user("alice")
    post = await alice.create_post(x="In ten minutes")
    await alice.schedule_post(post["id"], soon(600))
    assert await alarms(talkative) == set()
    due = await minutes_pass(talkative)
    await talkative.ready_worker()
    await eventually(lambda: is_armed(talkative, due), "the first call of the cron sets the alarm")
    async with talkative.jobs() as redis:
        await redis.flushall()
    await talkative.work(WorkerFunction.PUBLISH)
    await eventually(lambda: is_armed(talkative, due), "the next call sets it again")
    await eventually(talkative.posts, "it is out", CRON_SECONDS)
    await talkative.settled()
    (row,) = await talkative.rows("SELECT * FROM publications")
    assert row["status"] == "published"
    assert due <= row["request_started_time"]
    await assert_nothing_twice(talkative)


def _scheduling(post: dict[str, Any], time: str) -> dict[str, str]:
    return {"id": post["id"], "scheduledTime": time}


async def minutes_pass(stage: Stage) -> datetime:
    """Ten minutes ahead have become a few seconds: when it falls due."""
    due = soon(20)
    await stage.database.execute("UPDATE connected_accounts SET next_due = $1", due)
    await stage.database.execute(_MOVE, due, f"publish:{instant(due)}")
    return due


async def is_armed(stage: Stage, time: datetime) -> bool:
    return await alarms(stage) == {f"publish:{instant(time)}"}


async def alarms(stage: Stage) -> set[str]:
    """The alarms of `publish_due` in Redis."""
    async with stage.jobs() as redis:
        prefix = redis.name("")
        names = [name.decode() async for name in redis.scan_iter(f"arq:job:{prefix}publish:*")]
        queued = [name.decode().removeprefix(prefix) for name in await redis.zrange(redis.queue, 0, -1)]
    found = {name.removeprefix(f"arq:job:{prefix}") for name in names}
    found |= {name for name in queued if name.startswith("publish:")}
    return {name for name in found if not name.startswith(("publish:now:", "publish:second:"))}
