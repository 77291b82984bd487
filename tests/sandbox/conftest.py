"""A sandbox on a real socket, made anew for each test, and ways to call it as a platform's client would."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send
from support.http import client_of

from perennial.sandbox import create_sandbox

LINKEDIN_HEADERS = {"LinkedIn-Version": "202609", "X-Restli-Protocol-Version": "2.0.0"}


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **span: float) -> None:
        self.now += timedelta(**span)


class Server:
    """One server for all tests; each puts its own application behind it."""

    app: ASGIApp
    port: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


@dataclass
class Sandbox:
    """A running sandbox, as seen from outside."""

    client: httpx2.AsyncClient
    clock: Clock
    record_file: Path
    server: Server

    def start(self, **options: Any) -> None:
        """Starts it, or starts it again: it remembers what is in its file."""
        app = create_sandbox(self.record_file, clock=self.clock, **options)
        self.server.app = Starlette(routes=[Mount("/sandbox", app)])

    async def tweet(self, user: str, text: str, **extra: Any) -> httpx2.Response:
        return await self.client.post("x/2/tweets", headers=bearer(user), json={"text": text, **extra})

    async def share(self, user: str, commentary: str, headers: Any = LINKEDIN_HEADERS, **extra: Any) -> httpx2.Response:
        member = (await self.client.get("linkedin/v2/userinfo", headers=bearer(user))).json()
        body = share_body(member["sub"], commentary) | extra
        return await self.client.post("linkedin/rest/posts", headers=bearer(user) | headers, json=body)

    async def timeline(self, user: str, **query: Any) -> dict[str, Any]:
        me = (await self.client.get("x/2/users/me", headers=bearer(user))).json()["data"]
        answer = await self.client.get(f"x/2/users/{me['id']}/tweets", headers=bearer(user), params=query)
        return answer.json()

    async def faults(self, **body: Any) -> dict[str, Any]:
        answer = await self.client.post("faults", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def texts(self) -> list[str]:
        return [post["text"] for post in (await self.client.get("posts")).json()]

    async def arrivals(self) -> list[tuple[str, int, bool]]:
        found = (await self.client.get("requests")).json()
        return [(arrival["text"], arrival["status"], arrival["accepted"]) for arrival in found]


def bearer(user: str) -> dict[str, str]:
    return {"Authorization": f"Bearer sandbox-{user}"}


def share_body(member_id: str, commentary: str) -> dict[str, Any]:
    return {
        "author": f"urn:li:person:{member_id}",
        "commentary": commentary,
        "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }


@pytest.fixture(scope="session")
async def server() -> AsyncIterator[Server]:
    front = Server()
    # Without a configuration of the log, which is the whole process's and outlives the server.
    config = uvicorn.Config(
        front, port=0, lifespan="off", access_log=False, log_config=None, timeout_graceful_shutdown=0
    )
    running = uvicorn.Server(config)
    running.config.load()
    running.lifespan = config.lifespan_class(config)
    await running.startup()
    front.port = running.servers[0].sockets[0].getsockname()[1]
    yield front
    await running.shutdown()


@pytest.fixture
async def sandbox(server: Server, tmp_path: Path) -> AsyncIterator[Sandbox]:
    address = f"http://127.0.0.1:{server.port}/sandbox/"
    async with client_of(address) as client:
        sandbox = Sandbox(client, Clock(), tmp_path / "record" / "posts.jsonl", server)
        sandbox.start()
        yield sandbox
