"""A post of the same text that was there before ours: a look-up does not take it for ours."""

from collections.abc import Awaitable, Callable

import pytest
from support.production.seeds import connect, posts
from support.production.stage import KILLED, Stage, dies
from support.story import eventually

from perennial.core.fault_points import FaultPoint
from perennial.jobs.worker_functions import WorkerFunction

WORDS = "The same words as ever"


async def by_hand(stage: Stage) -> None:
    """Alice writes it herself, without us."""
    headers = {"Authorization": "Bearer sandbox-alice"}
    answer = await stage.platforms.post("/sandbox/x/2/tweets", json={"text": WORDS}, headers=headers)
    assert answer.status_code == 201, answer.text


async def by_a_post_that_is_deleted(stage: Stage) -> None:
    """We published it, and do not know of that any more."""
    await posts(stage, ["alice"], platforms=["X"], content=WORDS)
    worker = await stage.ready_worker()
    await eventually(stage.posts, "it is out")
    await stage.settled()
    worker.terminate()
    assert await dies(worker) == 0
    await stage.database.execute("DELETE FROM posts")


@pytest.mark.parametrize("write", [by_hand, by_a_post_that_is_deleted])
async def test_a_post_that_was_there_before_the_request_is_not_taken_for_ours(
    stage: Stage, write: Callable[[Stage], Awaitable[None]]
):
    """The worker is killed after the mark: nothing of ours is out, so only the older one is to be found."""
    await connect(stage, ["alice"], ["X"])
    await write(stage)
    await stage.seconds_pass(7)  # more than clocks may differ
    await posts(stage, ["alice"], platforms=["X"], content=WORDS)
    assert await dies(stage.worker(FaultPoint.PUBLICATION_MARKED)) == KILLED
    await stage.two_minutes_pass()
    await stage.ready_worker()
    await stage.settled()
    await stage.all_look_ups()
    await stage.work(WorkerFunction.PUBLISH)
    (row,) = await stage.rows("SELECT * FROM publications")
    assert (row["status"], row["remote_id"], row["look_ups"]) == ("unconfirmed", None, 3)
    assert (await stage.requests()).total() == 1
