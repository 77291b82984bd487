"""A reader who takes nothing holds no connection for ever."""

import asyncio
from typing import Any

import pytest

from perennial.api.http import _stalled_connections
from perennial.api.http._stalled_connections import BoundedSend


async def never(_message: Any) -> None:
    await asyncio.Event().wait()


@pytest.fixture(autouse=True)
def _little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_stalled_connections, "SEND_SECONDS_MAX", 0.05)


async def test_what_nobody_takes_ends_whoever_sends_it() -> None:
    with pytest.raises(ConnectionAbortedError):
        await BoundedSend(never)({"type": "http.response.body"})


async def test_it_ends_the_connection_too_where_that_waits_for_something_else() -> None:
    async def connection() -> None:
        patient = BoundedSend(never)
        operation = asyncio.create_task(patient({"type": "websocket.send"}))
        try:
            await asyncio.Event().wait()  # for the next frame
        finally:
            assert patient.is_aborted
            with pytest.raises(ConnectionAbortedError):
                await operation

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(connection())


async def test_whoever_takes_what_is_sent_is_served() -> None:
    taken: list[Any] = []

    async def take(message: Any) -> None:
        taken.append(message)

    await BoundedSend(take)({"type": "http.response.body"})
    assert taken == [{"type": "http.response.body"}]
