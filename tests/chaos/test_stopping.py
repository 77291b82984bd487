"""A worker that is told to stop: it takes nothing new, finishes what is out, and ends in good order."""

import pytest
from support.processes import stop
from support.production.seeds import connect, posts
from support.production.stage import Stage, dies
from support.production.truth import assert_nothing_twice, fates
from support.story import eventually

USERS = [f"user{n}" for n in range(10)]


async def test_told_to_stop_it_finishes_what_is_out_claims_nothing_new_and_another_does_the_rest(stage):
    await connect(stage, [*USERS, "latecomer"])
    for platform in ("X", "LINKEDIN"):
        await stage.fail(platform, delay_seconds=3, times=len(USERS))
    await posts(stage, USERS)
    worker = stage.worker()
    await eventually(lambda: arrived(stage, 2 * len(USERS)), "all requests are out")
    worker.terminate()
    await posts(stage, ["latecomer"])
    assert await dies(worker) == 0
    found = await fates(stage)
    late = {(platform, "latecomer"): ("scheduled", 0) for platform in ("X", "LINKEDIN")}
    assert found == dict.fromkeys(found, ("published", 1)) | late
    stage.worker()
    await stage.settled()
    assert await fates(stage) == dict.fromkeys(found, ("published", 1))
    await assert_nothing_twice(stage)


async def test_told_to_stop_in_the_middle_of_many_it_leaves_the_rest_unclaimed_for_another(stage):
    """Four at a time go out for an account: the first are out, the others wait behind them."""
    await connect(stage, ["alice"], ["X"])
    await stage.fail("X", delay_seconds=2, times=4)
    await posts(stage, ["alice"] * 20, platforms=["X"])
    worker = stage.worker()
    await eventually(lambda: arrived(stage, 4), "the first requests are out")
    worker.terminate()
    assert await dies(worker) == 0
    assert (await statuses(stage), len(await stage.posts())) == ({"published": 4, "scheduled": 16}, 4)
    stage.worker()
    await stage.settled()
    assert await statuses(stage) == {"published": 20}
    await assert_nothing_twice(stage)


@pytest.mark.parametrize("fault", [{"after_accepting": True}, {"status": 503}], ids=["accepted", "lost"])
async def test_told_to_stop_while_a_platform_hangs_it_ends_all_the_same_and_nothing_is_asked_for_again(stage, fault):
    """X is looked up in the end, LinkedIn stays in doubt."""
    await connect(stage, ["alice"])
    for platform in ("X", "LINKEDIN"):
        await stage.fail(platform, delay_seconds=60, times=10, **fault)
    await posts(stage, ["alice"])
    worker = stage.worker()
    await eventually(lambda: arrived(stage, 2), "both requests are out")
    worker.terminate()
    assert await dies(worker) == 0
    assert set(await statuses(stage)) <= {"unconfirmed", "publishing"}
    await stage.heal()
    await stage.two_minutes_pass()
    other = stage.worker()
    await stage.settled()
    await stage.all_look_ups()
    on_x = "published" if "after_accepting" in fault else "unconfirmed"
    assert await fates(stage) == {("X", "alice"): (on_x, 1), ("LINKEDIN", "alice"): ("unconfirmed", 1)}
    await assert_nothing_twice(stage)
    assert stop(other) == 0


async def arrived(stage: Stage, number: int) -> bool:
    return (await stage.requests()).total() >= number


async def statuses(stage: Stage) -> dict[str, int]:
    return {
        row["status"]: row["number"]
        for row in await stage.rows("SELECT status, count(*) AS number FROM publications GROUP BY status")
    }
