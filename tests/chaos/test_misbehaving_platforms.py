"""Platforms that answer late, rubbish, or not at all: a doubt at once, one request, and where X had it, it is found."""

import pytest
from support.production.seeds import BOTH, ago, connect, posts
from support.production.stage import KILLED, Stage, dies
from support.production.truth import assert_nothing_twice, fates, publications
from support.story import eventually

from perennial.jobs.worker_functions import WorkerFunction

# Who is treated how. An answer that would come after 60 s never comes: the worker waits for 8 s.
ACCEPTED = {
    "slow": {"delay_seconds": 60, "after_accepting": True},
    "late": {"delay_seconds": 20, "after_accepting": True},
    "rude": {"close": True, "after_accepting": True},
    "odd": {"rubbish": True, "after_accepting": True},
}
LOST = {
    "deaf": {"delay_seconds": 60, "status": 503},
    "gone": {"close": True},
    "mad": {"rubbish": True},
    "ill": {"status": 500},
}
CAST = [*ACCEPTED, *LOST]
# A look-up that somebody makes just now: it is theirs for a minute.
TAKEN = "SELECT next_attempt_time > now() + interval '30 seconds' FROM publications WHERE look_ups = 0"
HEALTHY = [f"healthy{n}" for n in range(20)]


@pytest.fixture
async def troubled(stage) -> Stage:
    """Everybody's posts fall due, and each platform treats each user in their own way."""
    await connect(stage, [*CAST, *HEALTHY])
    for platform in BOTH:
        for user, fault in (ACCEPTED | LOST).items():
            await stage.fail(platform, user=user, times=1000, **fault)
    await posts(stage, [*CAST, *HEALTHY])
    stage.worker()
    return stage


async def test_what_a_platform_leaves_open_is_looked_up_on_x_and_in_doubt_on_linkedin_and_asked_for_once(troubled):
    """Others' posts go out while it hangs."""
    await eventually(lambda: are(troubled, "published", HEALTHY), "the others' posts are out")
    assert await statuses(troubled, ["slow", "deaf", "late"]) == {"publishing"}
    await troubled.settled()
    assert await statuses(troubled, CAST) == {"unconfirmed"}
    await troubled.all_look_ups()
    await troubled.work(WorkerFunction.PUBLISH)
    found = await fates(troubled)
    on_x = dict.fromkeys(ACCEPTED, ("published", 1)) | dict.fromkeys(LOST, ("unconfirmed", 1))
    assert {user: found["X", user] for user in CAST} == on_x
    assert {user: found["LINKEDIN", user] for user in CAST} == dict.fromkeys(CAST, ("unconfirmed", 1))
    await assert_nothing_twice(troubled)
    assert all(row["url"] for key, row in (await publications(troubled)).items() if key[:2] in on_time())


def on_time() -> set[tuple[str, str]]:
    """Those of which there is an address in the end."""
    return {("X", user) for user in ACCEPTED} | {(platform, user) for platform in BOTH for user in HEALTHY}


async def test_what_x_publishes_long_after_we_gave_up_waiting_is_found_by_a_later_look_up(stage):
    await connect(stage, ["alice"], ["X"])
    await stage.fail("X", user="alice", delay_seconds=10)
    await posts(stage, ["alice"], platforms=["X"])
    stage.worker()
    await stage.settled()
    assert await fates(stage) == {("X", "alice"): ("unconfirmed", 1)}
    await eventually(stage.posts, "X publishes it after all")
    await stage.all_look_ups()
    assert await fates(stage) == {("X", "alice"): ("published", 1)}
    await assert_nothing_twice(stage)


async def test_a_look_up_whose_worker_was_killed_is_made_by_another(stage):
    await connect(stage, ["alice"], ["X"])
    await stage.fail("X", rubbish=True, after_accepting=True)
    await stage.fail("X", operation="timeline", delay_seconds=30)
    await posts(stage, ["alice"], platforms=["X"])
    worker = stage.worker()
    await eventually(lambda: are(stage, "unconfirmed", ["alice"]), "it is in doubt")
    await stage.database.execute("UPDATE publications SET next_attempt_time = now()")
    await stage.arm(WorkerFunction.PUBLISH, ago(seconds=1))
    await eventually(lambda: stage.one(TAKEN), "somebody looks for it")
    worker.kill()
    assert await dies(worker) == KILLED
    stage.worker()
    await stage.all_look_ups()
    assert await fates(stage) == {("X", "alice"): ("published", 1)}
    await assert_nothing_twice(stage)


async def are(stage: Stage, status: str, users: list[str]) -> bool:
    return await statuses(stage, users) == {status}


async def statuses(stage: Stage, users: list[str]) -> set[str]:
    return {row["status"] for (_, user, _), row in (await publications(stage)).items() if user in users}
