"""What a client is told, and when it may ask again, while the platform cannot say whose token it connects."""

from typing import Any

import httpx2
import pytest
from support.api import ACCOUNTS_QUERY, CONNECT_ACCOUNT, User
from support.publishing import fail

from perennial.core.states import Platform
from perennial.platforms.x.transport import X
from perennial.process import Process

pytestmark = pytest.mark.one_dialect

GIVEN = {"platform": "X", "accessToken": "sandbox-alice", "idempotencyKey": "once"}
REFUSED = {"title": "Client Forbidden", "type": "https://api.x.com/2/problems/client-forbidden"}


async def told(alice: User, platform: str = "X") -> dict[str, Any]:
    """The extensions of the error that a client is told; nothing is connected."""
    answer = await alice.execute(CONNECT_ACCOUNT, input=GIVEN | {"platform": platform})
    (error,) = answer["errors"]
    assert await alice.do(ACCOUNTS_QUERY) == []
    extensions: dict[str, Any] = error["extensions"]
    return extensions


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"status": 503}, {"code": "UNAVAILABLE", "retryAfter": 5}),
        ({"status": 408}, {"code": "UNAVAILABLE", "retryAfter": 5}),
        ({"status": 200, "body": {}}, {"code": "UNAVAILABLE", "retryAfter": 5}),
        ({"status": 402}, {"code": "UNAVAILABLE", "retryAfter": 60}),
        ({"status": 403, "body": REFUSED}, {"code": "UNAVAILABLE", "retryAfter": 60}),
    ],
)
@pytest.mark.usefixtures("clock")
async def test_a_client_is_told_when_to_ask_again(
    alice: User, sandbox: httpx2.AsyncClient, fault: dict[str, Any], expected: dict[str, Any]
) -> None:
    await fail(sandbox, "X", operation="me", times=1, **fault)
    assert await told(alice) == expected
    assert (await alice.do(CONNECT_ACCOUNT, input=GIVEN))["status"] == "ACTIVE"


@pytest.mark.usefixtures("clock")
async def test_a_client_is_told_what_the_platform_says_of_a_limit(alice: User, sandbox: httpx2.AsyncClient) -> None:
    await fail(sandbox, "LINKEDIN", operation="me", times=1, status=429, headers={"Retry-After": "77"})
    assert await told(alice, "LINKEDIN") == {"code": "RATE_LIMITED", "retryAfter": 77}


@pytest.mark.usefixtures("clock")
async def test_a_limit_of_x_has_an_end(alice: User, sandbox: httpx2.AsyncClient) -> None:
    await fail(sandbox, "X", operation="me", times=1, status=429, body={})
    assert (await told(alice))["retryAfter"] > 0


async def test_a_platform_that_cannot_be_reached_is_asked_again_soon(
    alice: User, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as moved:
        x = process.accounts.platforms[Platform.X]
        assert isinstance(x, X)
        moved.setattr(x, "_address", x._address._replace(url="http://127.0.0.1:1"))  # nobody listens there
        assert await told(alice) == {"code": "UNAVAILABLE", "retryAfter": 5}
    assert (await alice.do(CONNECT_ACCOUNT, input=GIVEN))["status"] == "ACTIVE"
