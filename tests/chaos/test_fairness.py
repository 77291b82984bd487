"""One owner with twenty thousand posts due at one instant: the others' posts go out as if it were not there."""

from support.production.seeds import connect, posts
from support.production.stage import KILLED, Stage, dies
from support.production.truth import assert_nothing_twice
from support.story import eventually, soon

from perennial.jobs.worker_functions import WorkerFunction

BACKLOG = 20_000
FIRST = [f"first{n}" for n in range(25)]
SECOND = [f"second{n}" for n in range(25)]
OTHERS = {*FIRST, *SECOND}
INSTANTS = 5
_STATES = """
    SELECT DISTINCT publications.status FROM publications JOIN posts ON posts.id = post_id WHERE clerk_user_id = ANY($1)
"""
_GIVE_UP = """
    UPDATE publications SET status = 'draft', connected_account_id = NULL, next_attempt_time = NULL
    WHERE status = 'scheduled'
"""


async def test_twenty_thousand_posts_of_one_owner_make_nobody_else_wait_though_a_worker_is_killed(stage):
    """Whoever goes by the time at which something fell due alone sends the twenty thousand first."""
    await connect(stage, ["big", *OTHERS], ["X"])
    await stage.fail("X", delay_seconds=0.1, times=1_000_000)
    await posts(stage, ["big"] * BACKLOG, platforms=["X"])
    workers = [stage.worker() for _ in range(2)]
    await eventually(stage.requests, "the big one's posts go out")
    await fall_due(stage, FIRST)
    await eventually(lambda: are(stage, FIRST, "published"), "the others' posts are out")
    await fall_due(stage, SECOND)
    await eventually(lambda: any_arrived(stage, SECOND), "some more of the others' posts go out")
    workers[0].kill()
    assert await dies(workers[0]) == KILLED
    await eventually(lambda: are(stage, SECOND, "published", "publishing"), "the other worker sends what is left")
    arrived = await users_of_requests(stage)
    assert arrived.count("big") < BACKLOG // 4
    workers[1].terminate()
    assert await dies(workers[1]) == 0
    await stage.database.execute(_GIVE_UP)  # the rest of the big one's, for which nobody here has the time
    await stage.two_minutes_pass()
    stage.worker()
    await stage.settled()
    await stage.all_look_ups()
    await assert_nothing_twice(stage)
    assert await statuses(stage, list(OTHERS)) <= {"published", "unconfirmed"}
    assert not {"scheduled", "publishing", "failed"} & await statuses(stage, ["big"])


async def fall_due(stage: Stage, users: list[str]) -> None:
    """A post of each, at a few instants."""
    times = [soon(1 + n / 2) for n in range(INSTANTS)]
    for n, time in enumerate(times):
        await posts(stage, users[n::INSTANTS], time, ["X"])
    await stage.arm(WorkerFunction.PUBLISH, *times)


async def users_of_requests(stage: Stage) -> list[str]:
    """Whose requests arrived, one after the other, until the last of the others'."""
    found = [one["user"] for one in reversed((await stage.platforms.get("/sandbox/requests")).json())]
    return found[: max(n for n, user in enumerate(found) if user in OTHERS) + 1]


async def any_arrived(stage: Stage, users: list[str]) -> bool:
    return any(user in users for _, user, _ in await stage.requests())


async def are(stage: Stage, users: list[str], *states: str) -> bool:
    return await statuses(stage, users) <= set(states)


async def statuses(stage: Stage, users: list[str]) -> set[str]:
    return {row["status"] for row in await stage.rows(_STATES, users)}
