"""Whose token it is, and how X renews one."""

from datetime import timedelta
from typing import Any

import pytest
from support.platform_stub import ALICE, NOON, TOKEN, Stub

from perennial.core.platform_errors import (
    NotSent,
    OperatorFault,
    OutcomeUnknown,
    PlatformError,
    ReconnectRequired,
    Refused,
    TokenRejected,
)
from perennial.outbound.http_session import HttpSession
from perennial.platforms.transport import Identity, Tokens
from perennial.platforms.x.transport import X


def make_x(stub: Stub, session: HttpSession, secret: str | None = "xs") -> X:
    return X(session, stub.url, "xc", secret)


async def test_x_says_whose_token_it_is(stub: Stub, session: HttpSession) -> None:
    stub.answers(200, {"data": {"id": "1234567890", "name": "Alice", "username": "alice"}})
    assert await make_x(stub, session).identify(TOKEN) == ALICE
    [asked] = stub.asked
    assert (asked.method, asked.path, asked.headers["Authorization"]) == ("GET", "/2/users/me", f"Bearer {TOKEN}")


@pytest.mark.parametrize("username", [None, 7, ""])
async def test_a_user_without_a_name_is_still_one(stub: Stub, session: HttpSession, username: Any) -> None:
    stub.answers(200, {"data": {"id": "1", "username": username}})
    assert await make_x(stub, session).identify(TOKEN) == Identity("1", None)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b"not JSON", OutcomeUnknown),
        (200, {"data": {"id": 7}}, OutcomeUnknown),
        (200, {"data": {"id": ""}}, OutcomeUnknown),
        (200, {"data": {"id": "1/2"}}, OutcomeUnknown),
        (302, b"", OperatorFault),
        (500, b"", OutcomeUnknown),
        (401, {"detail": "Unauthorized"}, TokenRejected),
        (403, {"detail": "Forbidden"}, Refused),
        (429, {}, NotSent),
    ],
)
async def test_x_does_not_say_whose_token_it_is(
    stub: Stub, session: HttpSession, status: int, body: Any, expected: type[PlatformError]
) -> None:
    stub.answers(status, body)
    with pytest.raises(expected):
        await make_x(stub, session).identify(TOKEN)


RENEWED = {"token_type": "bearer", "expires_in": 7200, "access_token": "a2", "refresh_token": "r2", "scope": "…"}


async def test_a_confidential_client_refreshes_with_its_secret(stub: Stub, session: HttpSession) -> None:
    stub.answers(200, RENEWED)
    assert await make_x(stub, session).refresh("r 1+", NOON) == Tokens("a2", "r2", timedelta(hours=2))
    [asked] = stub.asked
    assert (asked.method, asked.path) == ("POST", "/2/oauth2/token")
    assert asked.body == b"grant_type=refresh_token&refresh_token=r+1%2B&client_id=xc"
    assert asked.headers["Authorization"] == "Basic eGM6eHM="
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"


async def test_a_public_client_refreshes_with_its_id(stub: Stub, session: HttpSession) -> None:
    stub.answers(200, RENEWED)
    await make_x(stub, session, secret=None).refresh("r1", NOON)
    assert stub.asked[0].body == b"grant_type=refresh_token&refresh_token=r1&client_id=xc"
    assert "Authorization" not in stub.asked[0].headers


@pytest.mark.parametrize(
    ("expires_in", "expected"),
    [("7200", timedelta(hours=2)), (None, None), (-1, None), (1e300, None), ("soon", None), ([], None)],
)
async def test_an_end_that_is_no_number_is_none(
    stub: Stub, session: HttpSession, expires_in: Any, expected: timedelta | None
) -> None:
    stub.answers(200, {"access_token": "a2", "expires_in": expires_in})
    assert await make_x(stub, session).refresh("r1", NOON) == Tokens("a2", None, expected)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"error": "invalid_request", "error_description": "The token was invalid."}, ReconnectRequired),
        (400, {"error": "invalid_grant"}, ReconnectRequired),
        (401, {"error": "invalid_grant"}, ReconnectRequired),
        (401, {"error": "unauthorized_client", "error_description": "Missing header"}, NotSent),
        (400, b"no JSON", NotSent),
        (400, {"error": ["invalid_grant"]}, NotSent),
        (200, b"no JSON", OutcomeUnknown),
        (200, {"access_token": ""}, OutcomeUnknown),
        (200, {"access_token": 7}, OutcomeUnknown),
        (302, b"", OperatorFault),
        (403, {"error": "invalid_grant"}, NotSent),
        (408, {"error": "invalid_grant"}, OutcomeUnknown),
        (201, {"refresh_token": "r2"}, OutcomeUnknown),
        (429, {}, NotSent),
        (500, {"error": "invalid_grant"}, OutcomeUnknown),
    ],
)
async def test_a_refresh_that_fails_is_not_tried_again(
    stub: Stub, session: HttpSession, status: int, body: Any, expected: type[PlatformError]
) -> None:
    stub.answers(status, body)
    with pytest.raises(expected):
        await make_x(stub, session).refresh("r1", NOON)
    assert len(stub.asked) == 1


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 429, 500])
async def test_a_refresh_that_fails_repeats_no_token(stub: Stub, session: HttpSession, status: int) -> None:
    for error in ("invalid_grant", "unauthorized_client"):
        told = {"error": error, "error_description": "not r1 but r2", "refresh_token": "r2"}
        stub.answers(status, told)
        with pytest.raises(PlatformError) as caught:
            await make_x(stub, session).refresh("r1", NOON)
        assert not any(token in str(caught.value) for token in ("r1", "r2"))
