"""A worker killed at any point of the way: everything runs once, goes out once at most, and ends with the truth."""

from collections.abc import Mapping
from typing import Any

import pytest
from support.production.mixed import a_day_passes, mixed_queues, outcomes_of
from support.production.seeds import BOTH, connect
from support.production.stage import KILLED, Stage, dies
from support.production.truth import assert_each_slot_is_accounted_for, assert_nothing_twice, fates, outcomes

from perennial.core.fault_points import FaultPoint
from perennial.jobs.worker_functions import WorkerFunction

CAST = ("alice", "bob", "carol")
KINDS = ("rotation", "steered", "paused")  # their queues, one each
# The platforms accept at once and answer too late: the request is out while the worker dies.
SLOW = {"delay_seconds": 5, "after_accepting": True}
# The answer for alice comes back once the other requests have long arrived.
FIRST = {"delay_seconds": 1}

USED = "SELECT cloned_from_id AS post FROM posts WHERE created_by_queue_id = $1 ORDER BY created_at"
LISTED = "SELECT post_id AS post FROM queue_posts WHERE queue_id = $1 ORDER BY position"

Fate = tuple[str, int]  # status, requests
OUT: Fate = ("published", 1)
IN_DOUBT: Fate = ("unconfirmed", 1)
NEVER_SENT: Fate = ("unconfirmed", 0)


@pytest.mark.parametrize(
    "point",
    [FaultPoint.PAUSES_ENDED, FaultPoint.TICK_CLAIMED, FaultPoint.TICK_WRITTEN, FaultPoint.TICK_COMMITTED],
)
async def test_a_worker_killed_during_a_tick_costs_no_occurrence_and_no_turn_and_runs_none_twice(stage, point):
    """Alice's posts go on to take turns: the two days after that have the other two."""
    await connect(stage, CAST)
    alices, *_ = await mixed_queues(stage, CAST, kinds=KINDS)
    assert await dies(stage.worker(point)) == KILLED
    assert await stage.requests() == {}
    await recover(stage)
    assert await fates(stage) == everybody(dict.fromkeys(BOTH, OUT))
    for _ in range(2):
        await a_day_passes(stage, [alices])
        await stage.work(WorkerFunction.PROCESS_QUEUES)
        await stage.settled()
    assert await stage.rows(USED, alices) == await stage.rows(LISTED, alices)
    await assert_nothing_twice(stage)


async def test_a_worker_killed_after_the_claim_sent_nothing_so_another_sends_it(stage):
    await die_with_each_platform(stage, FaultPoint.PUBLICATION_CLAIMED)
    assert await stage.requests() == {}
    await recover(stage)
    assert await fates(stage) == everybody(dict.fromkeys(BOTH, OUT))


async def test_a_worker_killed_after_the_mark_leaves_a_doubt_that_no_look_up_ends(stage):
    await die_with_each_platform(stage, FaultPoint.PUBLICATION_MARKED)
    await recover(stage)
    assert await fates(stage) == everybody(dict.fromkeys(BOTH, NEVER_SENT))


async def test_a_worker_killed_while_requests_are_out_leaves_a_doubt_that_x_ends(stage):
    await die_with_each_platform(stage, FaultPoint.PUBLICATION_ON_THE_WIRE, everyone=SLOW)
    await recover(stage)
    assert await fates(stage) == everybody({"X": OUT, "LINKEDIN": IN_DOUBT})


async def test_a_worker_killed_before_it_stores_an_answer_leaves_a_doubt_that_x_ends(stage):
    await die_with_each_platform(stage, FaultPoint.PUBLICATION_ANSWERED, alice=FIRST, everyone=SLOW)
    await recover(stage)
    assert await fates(stage) == everybody({"X": OUT, "LINKEDIN": IN_DOUBT})


async def test_a_worker_killed_after_it_stored_an_answer_leaves_the_others_in_a_doubt_that_x_ends(stage):
    await die_with_each_platform(stage, FaultPoint.PUBLICATION_STORED, alice=FIRST, everyone=SLOW)
    await recover(stage)
    assert await fates(stage) == everybody({"X": OUT, "LINKEDIN": IN_DOUBT}) | {("LINKEDIN", "alice"): OUT}


async def die_with_each_platform(stage: Stage, point: FaultPoint, **faults: Mapping[str, Any]) -> None:
    """A worker is killed with publications on X in its hands, then another with some on LinkedIn."""
    await connect(stage, CAST)
    for platform in BOTH:
        for who, fault in faults.items():
            await stage.fail(platform, **fault, times=10, **({} if who == "everyone" else {"user": who}))
        await mixed_queues(stage, CAST, platforms=(platform,), kinds=KINDS)
        assert await dies(stage.worker(point)) == KILLED


async def recover(stage: Stage) -> None:
    """The leases run out, a worker that nobody kills comes, and looks up what is in doubt; then nothing more happens.

    The ledger has each occurrence once, and so has every table what came of it.
    """
    await stage.heal()
    await stage.two_minutes_pass()
    stage.worker()
    await stage.settled()
    await stage.all_look_ups()
    before = await fates(stage)
    await stage.work(WorkerFunction.PROCESS_QUEUES)
    await stage.work(WorkerFunction.PUBLISH)
    assert await fates(stage) == before
    await assert_nothing_twice(stage)
    await assert_each_slot_is_accounted_for(stage)
    occurrences = await stage.one("SELECT count(*) FROM recurring_queues WHERE execution_count = 1")
    assert await outcomes(stage) == outcomes_of(occurrences, KINDS)
    assert await stage.one("SELECT count(*) FROM posts WHERE created_by_queue_id IS NOT NULL") == occurrences


def everybody(fate: Mapping[str, Fate]) -> dict[tuple[str, str], Fate]:
    """The same fate for all users."""
    return {(platform, user): one for platform, one in fate.items() for user in CAST}
