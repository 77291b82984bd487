"""connectAccount: asks the platform whose the token is, and keeps it."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest
from support.api import ACCOUNTS_QUERY, CONNECT_ACCOUNT, User
from support.clock import FakeClock

from perennial.core.instants import instant
from perennial.core.states import AccountStatus, Platform
from perennial.db.models import ConnectedAccount

PLATFORMS = pytest.mark.parametrize("platform", ["X", "LINKEDIN"])


def given(platform: str, **more: Any) -> dict[str, Any]:
    return {"platform": platform, "accessToken": "sandbox-alice"} | more


@PLATFORMS
async def test_the_platform_says_whose_the_token_is(alice: User, platform: str) -> None:
    account = await alice.do(CONNECT_ACCOUNT, input=given(platform, accessToken="sandbox-alice-of-acme"))
    assert account["handle"] == "alice-of-acme"
    assert account["accountId"]
    assert (account["platform"], account["status"], account["tokenExpiresAt"]) == (platform, "ACTIVE", None)
    assert await alice.do(ACCOUNTS_QUERY) == [account]


@PLATFORMS
async def test_it_is_kept_until_when_the_token_is_good(alice: User, clock: FakeClock, platform: str) -> None:
    expires = instant(clock.now + timedelta(hours=2))
    assert (await alice.do(CONNECT_ACCOUNT, input=given(platform, expiresAt=expires)))["tokenExpiresAt"] == expires


@PLATFORMS
async def test_a_token_that_is_not_good_is_refused(alice: User, platform: str) -> None:
    for token in ("nobodys", "", " ", "two words", "a\nb", "Ä", "\x00", "\ud800", "a" * 4_097):
        refusal = await alice.refused(CONNECT_ACCOUNT, input=given(platform, accessToken=token))
        assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "accessToken"), token
    assert await alice.do(ACCOUNTS_QUERY) == []


REFUSED = [
    ({"refreshToken": "two words"}, "refreshToken"),
    ({"refreshToken": "a" * 4_097}, "refreshToken"),
    ({"expiresAt": "2000-01-01T00:00:00Z"}, "expiresAt"),
    ({"expiresAt": "2030-01-01T00:00:00"}, "expiresAt"),
    ({"expiresAt": "soon"}, "expiresAt"),
    ({"platform": "MYSPACE"}, "platform"),
    ({"platform": None}, "platform"),
    ({"accessToken": None}, "accessToken"),
    ({"accessToken": 7}, "accessToken"),
    ({"handle": "alice"}, "handle"),
]


async def test_a_value_that_cannot_be_is_refused_by_name(alice: User) -> None:
    for change, field in REFUSED:
        refusal = await alice.refused(CONNECT_ACCOUNT, input=given("X") | change)
        assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", field), change
    assert await alice.do(ACCOUNTS_QUERY) == []


async def test_a_token_that_runs_out_now_is_refused(alice: User, clock: FakeClock) -> None:
    refusal = await alice.refused(CONNECT_ACCOUNT, input=given("X", expiresAt=instant(clock.now)))
    assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "expiresAt")


@pytest.mark.one_dialect
@PLATFORMS
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 503}, "UNAVAILABLE"),
        ({"status": 500}, "UNAVAILABLE"),
        ({"close": True, "times": 9}, "UNAVAILABLE"),  # a GET on a dropped connection is sent again
        ({"rubbish": True}, "UNAVAILABLE"),
        ({"status": 429}, "RATE_LIMITED"),
        ({"status": 401}, "BAD_USER_INPUT"),
        ({"status": 403}, "BAD_USER_INPUT"),
    ],
)
async def test_nothing_is_kept_while_the_platform_does_not_say_whose_it_is(
    alice: User, sandbox: httpx2.AsyncClient, platform: str, fault: dict[str, Any], code: str
) -> None:
    await sandbox.post("/faults", json={"platform": platform, "operation": "me"} | fault)
    assert (await alice.refused(CONNECT_ACCOUNT, input=given(platform))).code == code
    assert await alice.do(ACCOUNTS_QUERY) == []
    await sandbox.delete("/faults")
    assert await alice.do(CONNECT_ACCOUNT, input=given(platform))


BLOCKED = {"blocked_code": "RATE_LIMITED", "blocked_message": "Wait."}


@PLATFORMS
async def test_connecting_again_heals_the_account_but_does_not_end_its_block(
    alice: User, clock: FakeClock, platform: str
) -> None:
    (first,) = await alice.connect(platform)
    until = clock.now + timedelta(hours=1)
    broken = {"status": AccountStatus.RECONNECT_REQUIRED, "blocked_until": until, **BLOCKED}
    assert await ConnectedAccount.filter(id=first["id"], platform=Platform[platform]).update(**broken) == 1
    assert [one["status"] for one in await alice.do(ACCOUNTS_QUERY)] == ["RECONNECT_REQUIRED"]
    assert await alice.connect(platform) == [first]
    assert (await ConnectedAccount.get(id=first["id"])).blocked_until == until


@PLATFORMS
async def test_another_account_replaces_the_one_that_is_connected_and_is_not_blocked(
    alice: User, clock: FakeClock, platform: str
) -> None:
    (first,) = await alice.connect(platform)
    await ConnectedAccount.all().update(blocked_until=clock.now + timedelta(hours=1), **BLOCKED)
    other = await alice.do(CONNECT_ACCOUNT, input=given(platform, accessToken="sandbox-alice-anew"))
    assert (other["handle"], other["status"]) == ("alice-anew", "ACTIVE")
    assert other["id"] != first["id"]
    assert await alice.do(ACCOUNTS_QUERY) == [other]
    assert (await ConnectedAccount.get(id=other["id"])).blocked_until is None
    assert (await ConnectedAccount.get(id=first["id"])).status == AccountStatus.DISCONNECTED


async def test_a_refused_token_leaves_the_account_that_is_there(alice: User) -> None:
    accounts = await alice.connect("X")
    await alice.refused(CONNECT_ACCOUNT, input=given("X", accessToken="nobodys"))
    assert await alice.do(ACCOUNTS_QUERY) == accounts
