"""Whose token it is, and how LinkedIn renews one."""

from datetime import timedelta
from typing import Any

import pytest
from support.platform_stub import NOON, TOKEN, Stub

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
from perennial.platforms.linkedin.transport import LinkedIn
from perennial.platforms.transport import Identity, Tokens

ALICE = Identity("vaz8tJ1Aah", "Alice Lidell")


def make_linkedin(stub: Stub, session: HttpSession) -> LinkedIn:
    return LinkedIn(session, f"{stub.url}/sandbox/linkedin/", f"{stub.url}/oauth/v2/", "202609", "lc", "l&s")


async def test_linkedin_says_whose_token_it_is(stub: Stub, session: HttpSession) -> None:
    stub.answers(200, {"sub": "vaz8tJ1Aah", "name": "Alice Lidell", "given_name": "Alice"})
    assert await make_linkedin(stub, session).identify(TOKEN) == ALICE
    [asked] = stub.asked
    assert (asked.method, asked.path) == ("GET", "/sandbox/linkedin/v2/userinfo")
    assert asked.headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b"not JSON", OutcomeUnknown),
        (200, {"sub": ""}, OutcomeUnknown),
        (200, {"sub": 7}, OutcomeUnknown),
        (200, {"sub": "a,b:c"}, OutcomeUnknown),
        (307, b"", OperatorFault),
        (503, b"", OutcomeUnknown),
        (401, {"message": "Invalid access token"}, TokenRejected),
        (403, {"code": "ACCESS_DENIED"}, Refused),
        (429, {}, NotSent),
    ],
)
async def test_linkedin_does_not_say_whose_token_it_is(
    stub: Stub, session: HttpSession, status: int, body: Any, expected: type[PlatformError]
) -> None:
    stub.answers(status, body)
    with pytest.raises(expected):
        await make_linkedin(stub, session).identify(TOKEN)


async def test_a_refresh_brings_a_new_access_token(stub: Stub, session: HttpSession) -> None:
    stub.answers(200, {"access_token": "a2", "expires_in": 5_184_000})
    assert await make_linkedin(stub, session).refresh("r1", NOON) == Tokens("a2", None, timedelta(days=60))
    [asked] = stub.asked
    assert (asked.method, asked.path) == ("POST", "/oauth/v2/accessToken")
    assert asked.body == b"grant_type=refresh_token&refresh_token=r1&client_id=lc&client_secret=l%26s"
    assert "Authorization" not in asked.headers


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"error": "invalid_request"}, NotSent),
        (400, {"error": "invalid_grant"}, ReconnectRequired),
        (401, {"error": "invalid_client"}, OperatorFault),
        (200, {"expires_in": 1}, OutcomeUnknown),
        (500, b"", OutcomeUnknown),
    ],
)
async def test_a_refresh_that_fails_is_not_tried_again(
    stub: Stub, session: HttpSession, status: int, body: Any, expected: type[PlatformError]
) -> None:
    stub.answers(status, body)
    with pytest.raises(expected):
        await make_linkedin(stub, session).refresh("r1", NOON)
    assert len(stub.asked) == 1
