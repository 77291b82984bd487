"""docs/refusals.md against both wires: each answer comes over a real socket, and its error says whose fault it is."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import aiohttp
import pytest
from support.pages.refusals import ROWS, Row, name
from support.platform_stub import ALICE, NOON, TOKEN, Stub, failure

from perennial.core.platform_errors import (
    NotSent,
    OperatorFault,
    OutcomeUnknown,
    PlatformError,
    ReconnectRequired,
    Refused,
    TokenRejected,
)
from perennial.platforms._token_answers import UNCLEAR_PAUSE
from perennial.platforms.linkedin.transport import LinkedIn
from perennial.platforms.transport import Transport
from perennial.platforms.x.transport import X

CLASSES: dict[str, Callable[[PlatformError], bool]] = {
    "post": lambda error: isinstance(error, Refused),
    "account": lambda error: (
        isinstance(error, Refused | TokenRejected | ReconnectRequired)
        or (isinstance(error, NotSent) and error.blocks_account and not isinstance(error, OperatorFault))
    ),
    "operator": lambda error: isinstance(error, OperatorFault) and bool(error.advice),
    "nobody": lambda error: (
        isinstance(error, OutcomeUnknown)
        or (isinstance(error, NotSent) and not isinstance(error, OperatorFault) and not error.costs_attempt)
        or (isinstance(error, TokenRejected) and error.revoked)
    ),
}


def make(platform: str, url: str, session: aiohttp.ClientSession) -> Transport:
    return X(session, url, "c", "s") if platform == "X" else LinkedIn(session, url, url, "202609", "c", "s")


async def error_of(row: Row, transport: Transport) -> PlatformError:
    if row.operation.startswith("publishing"):
        return await failure(transport)
    asked: dict[str, Callable[[], Awaitable[object]]] = {
        "refreshing": lambda: transport.refresh("r1", NOON),
        "connecting": lambda: transport.identify(TOKEN),
        "looking for a post in doubt": lambda: transport.find_matches(ALICE, TOKEN, "Hello", NOON),
    }
    with pytest.raises(PlatformError) as caught:
        await asked[row.operation]()
    return caught.value


@pytest.mark.parametrize("row", ROWS, ids=name)
async def test_an_answer_says_whose_fault_it_is(row: Row, stub: Stub, session: aiohttp.ClientSession) -> None:
    stub.answers(row.status, row.body.encode() if isinstance(row.body, str) else row.body)
    error = await error_of(row, make(row.platform, stub.url, session))
    assert CLASSES[row.whose](error), f"{row.whose}: {error!r}"
    if row.operation == "publishing" and not isinstance(error, TokenRejected):
        assert error.code == row.told[1]
    assert len(stub.asked) == 1


@pytest.mark.parametrize(("operation", "needed"), [("publishing", 35), ("refreshing", 20), ("connecting", 10)])
def test_the_table_is_read_whole(operation: str, needed: int) -> None:
    assert len([row for row in ROWS if row.operation == operation]) >= needed
    assert {row.whose for row in ROWS if row.operation == operation} >= {"account", "operator", "nobody"}
    assert all(row.source for row in ROWS)


@pytest.mark.parametrize("platform", ["X", "LINKEDIN"])
async def test_a_token_endpoint_is_told_who_asks(platform: str, stub: Stub, session: aiohttp.ClientSession) -> None:
    """X's too, where the client's id stands in the header already: some of its users are refused without."""
    stub.answers(200, {"access_token": "a2"})
    await make(platform, stub.url, session).refresh("r1", NOON)
    assert b"client_id=c" in stub.asked[0].body


async def test_what_a_token_endpoint_says_is_told_without_anything_like_a_token(
    stub: Stub, session: aiohttp.ClientSession
) -> None:
    unknown = "bmV3LXNlY3JldC10b2tlbi1vZi1hbGljZQ"
    stub.answers(400, {"error": "invalid_request", "error_description": f"Missing [client_id]. r1 {unknown} {ALICE}"})
    with pytest.raises(OperatorFault, match=r"answered 400 invalid_request Missing \[client_id\]") as caught:
        await make("X", stub.url, session).refresh("r1", NOON)
    assert not any(token in str(caught.value) for token in ("r1", unknown))


@pytest.mark.parametrize("platform", ["X", "LINKEDIN"])
@pytest.mark.parametrize("described", ["The value [{}] is unknown.", "Refresh token {} was refused."])
async def test_a_refresh_token_that_is_called_like_a_client_stops_nobody(
    platform: str, described: str, stub: Stub, session: aiohttp.ClientSession
) -> None:
    """Mallory may choose what her refresh token is, and a platform may repeat it."""
    for token in ("client_id", "application", "missing", "suspended application"):
        stub.answers(401, {"error": "invalid_request", "error_description": described.format(token)})
        with pytest.raises(PlatformError) as caught:
            await make(platform, stub.url, session).refresh(token, NOON)
        assert not isinstance(caught.value, OperatorFault)


@pytest.mark.parametrize("platform", ["X", "LINKEDIN"])
async def test_an_unclear_answer_makes_an_account_wait_as_long_as_it_says(
    platform: str, stub: Stub, session: aiohttp.ClientSession
) -> None:
    for headers, pause in (({}, UNCLEAR_PAUSE), ({"Retry-After": "77"}, timedelta(seconds=77))):
        stub.answers(400, {"error": "invalid_request"}, headers)
        with pytest.raises(NotSent) as caught:
            await make(platform, stub.url, session).refresh("r1", NOON)
        assert (caught.value.retry_at, caught.value.blocks_account) == (NOON + pause, True)
