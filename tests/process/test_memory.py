"""Memory is given back after a large answer, once for all that are sent within a second; small ones cost nothing."""

import asyncio
import gc
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send
from support.connections.bounded import seen

from perennial.process import memory


async def sent(size: int, key: str = "body") -> None:
    """Serves somebody an answer of that size."""

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", key: b"a" * size})

    async def nobody() -> Message:
        return {}

    async def take(_message: Any) -> None:
        pass

    await memory.AfterLargeAnswers(app)({"type": "http"}, nobody, take)


@pytest.fixture
def collected(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """When garbage was collected."""
    found: list[int] = []
    monkeypatch.setattr(memory, "DELAY_SECONDS", 0.05)
    monkeypatch.setattr(gc, "collect", lambda: found.append(1))
    return found


@pytest.mark.parametrize("key", ["body", "text", "bytes"])
async def test_after_large_answers_memory_is_given_back_once(collected: list[int], key: str) -> None:
    for _ in range(5):
        await sent(memory.LARGE_BYTES, key)
    assert collected == []
    await seen(lambda: collected)
    await sent(memory.LARGE_BYTES, key)
    await seen(lambda: len(collected) == 2)


async def test_small_answers_cost_nothing(collected: list[int]) -> None:
    await sent(memory.LARGE_BYTES - 1)
    assert asyncio.get_running_loop() not in memory._waiting
    assert collected == []
