"""Processes that are killed while they hold back what waits, resume queues, or derive their times anew: what they had
committed stands, the rest is as it was, and the next one goes on.
"""

from collections import Counter
from datetime import timedelta

import httpx2
import pytest
from support.api import PAUSE_ALL_QUEUES, RESUME_ALL_QUEUES
from support.production.mixed import mixed_queues
from support.production.seeds import ago, connect, posts
from support.production.stage import KILLED, Stage, dies
from support.production.truth import assert_each_slot_is_accounted_for, assert_posts_are_listed_as_they_are
from support.story import eventually, soon

from perennial.core.fault_points import FaultPoint
from perennial.queues.pausing import ending, held

CLONES, QUEUES = held.CLONES_BATCH_SIZE + 10, ending.PAUSES_BATCH_SIZE + 10
KINDS = ("rotation", "steered", "zoned")
_ARE_CLONES = "UPDATE posts SET created_by_queue_id = $1 WHERE id = ANY($2)"
_CLONES = """
    SELECT posts.status || ' ' || publications.status AS name, count(*) AS number
    FROM posts JOIN publications ON post_id = posts.id WHERE posts.created_by_queue_id IS NOT NULL GROUP BY 1
"""
_QUEUES = "SELECT status AS name, count(*) AS number FROM recurring_queues GROUP BY 1"
_ROWS = """
    SELECT reason AS name, count(DISTINCT queue_id) AS number FROM queue_executions
    WHERE scheduled_time > now() - INTERVAL '2 days' GROUP BY 1
"""
_WRONG = """
    SELECT count(*) FROM recurring_queues
    WHERE next_local_time::timestamp AT TIME ZONE timezone <> next_scheduled_time
"""


async def test_whoever_calls_again_finds_done_what_was_done_and_the_rest_as_it_was(stage):
    """A server is killed in the second batch of what it holds back, and one in the second batch that it resumes."""
    await connect(stage, ["alice"])
    alices = await mixed_queues(stage, ["alice"] * QUEUES, ago(hours=1), kinds=KINDS)
    clones = await posts(stage, ["alice"] * CLONES, soon(3_600), ["X"])
    await stage.database.execute(_ARE_CLONES, alices[0], clones)

    await is_killed_by(stage, PAUSE_ALL_QUEUES, f"{FaultPoint.SCHEDULED_HELD}:2", holdScheduled=True)
    assert await counted(stage, _QUEUES) == {"paused": QUEUES}
    assert await counted(stage, _CLONES) == {"draft draft": held.CLONES_BATCH_SIZE, "scheduled scheduled": 10}
    await assert_posts_are_listed_as_they_are(stage)

    armed = await stage.server(fault_point=f"{FaultPoint.QUEUES_RESUMED}:2")
    await stage.user("alice").do(PAUSE_ALL_QUEUES, input={"holdScheduled": True})
    assert await counted(stage, _CLONES) == {"draft draft": CLONES}
    await is_lost(stage, RESUME_ALL_QUEUES)
    assert await dies(armed) == KILLED
    assert await counted(stage, _QUEUES) == {
        "active": ending.PAUSES_BATCH_SIZE,
        "paused": QUEUES - ending.PAUSES_BATCH_SIZE,
    }
    assert (await counted(stage, _ROWS))["PAUSED"] == ending.PAUSES_BATCH_SIZE

    await stage.server()
    await stage.user("alice").do(RESUME_ALL_QUEUES, input={})
    assert await counted(stage, _QUEUES) == {"active": QUEUES}
    assert (await counted(stage, _ROWS))["PAUSED"] == QUEUES
    assert await counted(stage, _CLONES) == {"draft draft": CLONES}
    await assert_each_slot_is_accounted_for(stage)


async def test_times_whose_derivation_was_cut_short_are_derived_by_the_next_worker(stage):
    """The zone had other rules when the times were written."""
    await mixed_queues(stage, ["alice"] * 3, soon(7_200), kinds=["zoned"])
    earlier = "UPDATE recurring_queues SET next_scheduled_time = next_scheduled_time - $1::interval"
    await stage.database.execute(earlier, timedelta(hours=1))
    assert await dies(stage.worker(FaultPoint.ZONES_FOLLOWED)) == KILLED
    assert await stage.one(_WRONG) == 3
    stage.worker()
    await eventually(lambda: all_are_right(stage), "the times are derived anew")


async def all_are_right(stage: Stage) -> bool:
    return bool(await stage.one(_WRONG) == 0)


async def is_killed_by(stage: Stage, document: str, fault_point: str, **given: bool) -> None:
    """A server that dies of what Alice asks of it."""
    server = await stage.server(fault_point=fault_point)
    await is_lost(stage, document, **given)
    assert await dies(server) == KILLED


async def is_lost(stage: Stage, document: str, **given: bool) -> None:
    """Alice asks, and gets no answer."""
    with pytest.raises(httpx2.TransportError):
        await stage.user("alice").do(document, input=given)


async def counted(stage: Stage, sql: str) -> Counter[str]:
    return Counter({row["name"]: row["number"] for row in await stage.rows(sql)})
