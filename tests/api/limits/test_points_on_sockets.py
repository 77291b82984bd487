"""On a WebSocket every operation is charged, and every event of a subscription too."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from support.api import User
from support.clock import FakeClock
from support.sockets import ask, hear, let_in, say

from perennial.api.limits import points as limiting
from perennial.api.limits.request_cost import LEAST
from perennial.jobs import best_effort
from perennial.process import Process

pytestmark = pytest.mark.one_dialect

UPDATED = "subscription { publicationUpdated { id status } }"
CHEAP = "{ __typename }"


@pytest.fixture(autouse=True)
def _one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiting, "WINDOW_SECONDS", 1_000_000_000)
    monkeypatch.setattr(best_effort, "TIMEOUT_SECONDS", 60)


async def leave(process: Process, owner: str, points: int) -> None:
    """The owner has spent all but these, wherever it was."""
    (key,) = [one async for one in process.redis.scan_iter(f"*points:*:{owner}")]
    await process.redis.set(key, process.settings.points_per_minute - points)


async def test_a_socket_says_what_is_left_and_refuses_what_costs_more(
    process: Process, alice: User, opened: Callable[..., Any]
) -> None:
    async with opened() as ws:
        await let_in(ws, alice)
        told = (await ask(ws, CHEAP))["payload"]["extensions"]["cost"]
        assert (told["requested"], told["remaining"]) == (LEAST, process.settings.points_per_minute - LEAST)
        await leave(process, "alice", LEAST)
        for query in ("{ queues { nodes { id } } }", CHEAP, UPDATED):
            refused = await ask(ws, query)
            assert (refused["type"], refused["payload"][0]["extensions"]["code"]) == ("error", "RATE_LIMITED")
            assert refused["payload"][0]["extensions"]["retryAfter"] > 0


async def test_a_frame_that_is_no_json_pays_too(process: Process, alice: User, opened: Callable[..., Any]) -> None:
    async with opened() as ws:
        await let_in(ws, alice)
        await ws.send("x" * 5_000)
        assert (await hear(ws))["type"] == "ping"
        left = (await ask(ws, CHEAP))["payload"]["extensions"]["cost"]["remaining"]
        assert left == process.settings.points_per_minute - (LEAST + 5) - LEAST


async def test_each_event_is_charged_and_one_that_is_not_paid_for_ends_the_subscription(
    process: Process, alice: User, clock: FakeClock, opened: Callable[..., Any]
) -> None:
    post = await alice.create_post(x="Hello")
    async with opened() as ws:
        await let_in(ws, alice)
        await say(ws, type="subscribe", id="w", payload={"query": UPDATED})
        before = (await ask(ws, CHEAP))["payload"]["extensions"]["cost"]["remaining"]
        await process.posts.schedule("alice", UUID(post["id"]), clock.now + timedelta(hours=1), {}, clock.now)
        event = (await hear(ws))["payload"]
        assert event["data"]["publicationUpdated"]["status"] == "SCHEDULED"
        assert (event["extensions"]["cost"]["requested"], event["extensions"]["cost"]["remaining"]) == (2, before - 2)
        await leave(process, "alice", 1)
        await process.posts.unschedule("alice", UUID(post["id"]), clock.now)
        last = (await hear(ws))["payload"]
        assert (last["data"], last["errors"][0]["extensions"]["code"]) == (None, "RATE_LIMITED")
        assert (await hear(ws))["type"] == "complete"
