"""A worker killed while it holds new tokens that nobody else will ever see."""

from support.production.seeds import connect, posts, sealed
from support.production.stage import KILLED, Stage, dies
from support.production.truth import assert_nothing_twice, fates, publications
from support.story import soon

from perennial.core.fault_points import FaultPoint


async def test_tokens_that_died_with_a_worker_end_in_an_account_to_be_connected_again_and_in_no_request(stage):
    """X's refresh tokens are good once. Bob, who needs no refresh, does not notice."""
    await about_to_run_out(stage, "alice")
    await connect(stage, ["bob"], ["X"])
    await posts(stage, ["alice"], platforms=["X"])
    assert await dies(stage.worker(FaultPoint.REFRESH_ANSWERED)) == KILLED
    await stage.two_minutes_pass()
    await posts(stage, ["bob"], platforms=["X"])
    stage.worker()
    await stage.settled()
    account = await stage.one("SELECT status FROM connected_accounts WHERE clerk_user_id = 'alice'")
    assert account == "reconnect_required"
    assert await fates(stage) == {("X", "alice"): ("failed", 0), ("X", "bob"): ("published", 1)}
    codes = {user: row["error_code"] for (_, user, _), row in (await publications(stage)).items()}
    assert codes == {"alice": "RECONNECT_REQUIRED", "bob": None}
    await assert_nothing_twice(stage)


async def test_linkedins_tokens_are_asked_for_once_more_and_the_post_goes_out(stage):
    """Its refresh tokens stay good, so nothing is lost with the worker."""
    await about_to_run_out(stage, "alice", "LINKEDIN")
    await posts(stage, ["alice"], platforms=["LINKEDIN"])
    assert await dies(stage.worker(FaultPoint.REFRESH_ANSWERED)) == KILLED
    await stage.two_minutes_pass()
    stage.worker()
    await stage.settled()
    assert await fates(stage) == {("LINKEDIN", "alice"): ("published", 1)}
    await assert_nothing_twice(stage)


async def about_to_run_out(stage: Stage, user: str, platform: str = "X") -> None:
    """An account whose access token is refreshed before anything is sent."""
    refresh = sealed(stage, f"sandbox-refresh-{user}")
    await connect(stage, [user], [platform], encrypted_refresh_token=refresh, token_expires_at=soon(5))
