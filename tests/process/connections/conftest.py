"""Applications that are as simple as can be, and what a bound has cost."""

from collections.abc import Callable

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from perennial.observe.metrics import CONNECTIONS_DROPPED

Dropped = Callable[[str], int]


@pytest.fixture
def dropped() -> Dropped:
    """How many connections a bound has cost since the test began."""
    before = {bound: _count(bound) for bound in CONNECTIONS_DROPPED}
    return lambda bound: _count(bound) - before[bound]


def _count(bound: str) -> int:
    return int(CONNECTIONS_DROPPED[bound]._value.get())


@pytest.fixture
def ok() -> ASGIApp:
    """Answers every request, once it has heard all of it."""

    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})

    return app
