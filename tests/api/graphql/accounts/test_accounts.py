"""accounts: the caller's own, in the order in which they were connected."""

from datetime import timedelta

from support.api import ACCOUNTS_QUERY, CONNECT_ACCOUNT, User
from support.clock import FakeClock

from perennial.core.instants import instant


async def test_a_user_without_accounts_has_an_empty_list(alice: User) -> None:
    assert await alice.do(ACCOUNTS_QUERY) == []


async def test_they_come_in_the_order_in_which_they_were_connected(alice: User) -> None:
    accounts = await alice.connect("LINKEDIN", "X")
    assert [account["platform"] for account in accounts] == ["LINKEDIN", "X"]
    assert await alice.do(ACCOUNTS_QUERY) == accounts
    await alice.connect("LINKEDIN")
    assert await alice.do(ACCOUNTS_QUERY) == accounts


async def test_each_user_sees_their_own(alice: User, bob: User, mallory: User) -> None:
    hers, his = await alice.connect("X"), await bob.connect("X")
    assert await alice.do(ACCOUNTS_QUERY) == hers
    assert await bob.do(ACCOUNTS_QUERY) == his
    assert await mallory.do(ACCOUNTS_QUERY) == []


async def test_two_users_can_connect_the_same_account(alice: User, bob: User) -> None:
    (hers,) = await alice.connect("X")
    shared = await bob.do(CONNECT_ACCOUNT, platform="X", accessToken="sandbox-alice")
    assert shared["accountId"] == hers["accountId"]
    assert shared["id"] != hers["id"]


async def test_a_token_that_nothing_refreshes_expires_soon_within_a_week(alice: User, clock: FakeClock) -> None:
    async def connected(days: float | None, refresh: str | None = None) -> tuple[str, bool]:
        expires = None if days is None else instant(clock.now + timedelta(days=days))
        given = {"platform": "X", "accessToken": "sandbox-alice", "refreshToken": refresh, "expiresAt": expires}
        account = await alice.do(CONNECT_ACCOUNT, input=given)
        assert [account] == await alice.do(ACCOUNTS_QUERY)
        return account["status"], account["expiresSoon"]

    assert await connected(None) == ("ACTIVE", False)
    assert await connected(1, "sandbox-refresh") == ("ACTIVE", False)
    assert await connected(8) == ("ACTIVE", False)
    assert await connected(7) == ("ACTIVE", True)
    clock.advance(days=7)
    (account,) = await alice.do(ACCOUNTS_QUERY)
    assert (account["status"], account["expiresSoon"]) == ("RECONNECT_REQUIRED", True)
