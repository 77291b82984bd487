"""Publishing as it is seen from both ends: posts that fall due, and a platform that can be told to fail."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar

import httpx2

from perennial.core.states import Platform
from perennial.db.models import ConnectedAccount, PlatformBreaker, Publication, RefreshBreaker
from perennial.outbound.http_session import REQUEST_SECONDS, HttpSession
from perennial.process import Process, assemble
from perennial.publishing.claims import Claimed, claim
from perennial.publishing.limits import Limits
from support.api import ACCOUNTS_QUERY, CONNECT_ACCOUNT, User

WAIT_SECONDS = 30.0
HANGING = {"status": 503, "delay_seconds": 60, "times": 1000}

T = TypeVar("T")

# The sandbox remembers which refresh tokens were used, so every test begins a family farther on.
_families = count(1_000, 100)


async def due_post(user: User, clock: Any, **texts: str) -> Any:
    """A post of these texts that has just fallen due on all its platforms."""
    post = await user.create_post(**texts)
    post = await user.schedule_post(post["id"], clock.now + timedelta(minutes=1))
    clock.advance(minutes=1)
    return post


async def on(user: User, post: Any, platform: str = "X") -> Any:
    """The post's publication on that platform, as the API shows it now."""
    shown = await user.post(post["id"])
    (found,) = [one for one in shown["publications"] if one["platform"] == platform]
    return found


async def claim_due(clock: Any, *platforms: str) -> list[Claimed]:
    """Claims what is due, as a worker does; unless platforms are given, on X."""
    limits = Limits(platform_requests_max=10, account_requests_max=10)
    batches = [await claim(Platform[one], 10, limits, clock.now, timedelta()) for one in platforms or ("X",)]
    return [one for batch in batches for one in batch.claimed]


async def row(post: Any, platform: str = "X") -> Publication:
    """The post's publication on that platform, as it is kept."""
    return await Publication.get(post_id=post["id"], platform=Platform[platform])


async def account(user: User, platform: str = "X") -> ConnectedAccount:
    """The user's account on that platform, as it is kept."""
    return await ConnectedAccount.get(clerk_user_id=user.name, platform=Platform[platform])


async def connect(
    user: User, platform: str = "X", refresh: str | None = None, expires: datetime | None = None
) -> dict[str, Any]:
    """Connects the user's sandbox account, with a refresh token and an end where they are given."""
    given = {"platform": platform, "accessToken": f"sandbox-{user.name}", "refreshToken": refresh}
    given |= {"expiresAt": expires.isoformat()} if expires else {}
    connected: dict[str, Any] = await user.do(CONNECT_ACCOUNT, input=given)
    return connected


def refresh_token(name: str) -> str:
    """A refresh token that the sandbox takes once on X, and ever again on LinkedIn."""
    return f"sandbox-refresh-{name}~{next(_families)}"


async def account_status(user: User, platform: str = "X") -> str:
    """What the API says of the user's account on that platform."""
    accounts = await user.do(ACCOUNTS_QUERY)
    (status,) = [one["status"] for one in accounts if one["platform"] == platform]
    return str(status)


async def state_of(platform: Platform) -> str:
    """Whether the platform serves us, or nothing is sent to it, or no token is refreshed."""
    if await PlatformBreaker.exists(platform=platform):
        return "stopped"
    return "refreshes stopped" if await RefreshBreaker.exists(platform=platform) else "serves"


async def fail(sandbox: httpx2.AsyncClient, platform: str = "X", **fault: Any) -> None:
    """Makes the platform's next calls fail: fail(sandbox, "X", status=503, times=2)."""
    answer = await sandbox.post("/faults", json={"platform": platform, **fault})
    assert answer.status_code == 200, answer.text


async def arrived(sandbox: httpx2.AsyncClient, platform: str | None = None) -> list[str]:
    """The texts of all requests to publish that arrived, whatever became of them, oldest first."""
    requests = (await sandbox.get("/requests")).json()
    return [one["text"] for one in reversed(requests) if platform in (None, one["platform"])]


async def count_refreshes(
    sandbox: httpx2.AsyncClient, platform: str = "X", **fault: Any
) -> Callable[[], Awaitable[int]]:
    """Counts the calls to the platform's token endpoint from now on: by a fault, which only delays unless told more."""
    start = 1_000
    await fail(sandbox, platform, **{"operation": "token", "delay_seconds": 0.2, "times": start} | fault)

    async def used() -> int:
        faults = (await sandbox.get("/faults")).json()["faults"]
        (left,) = [one["times"] for one in faults if one["operation"] == "token" and one["platform"] == platform]
        return start - int(left)

    return used


@asynccontextmanager
async def another_process(process: Process, seconds: float | None = None, **settings: Any) -> AsyncIterator[Process]:
    """A second process on the same database and Redis, with other settings, or with less patience for platforms.

    In the end its connections are closed, and requests that hang with them.
    """
    changed = process.settings.model_copy(update=settings)
    async with HttpSession(changed.proxies, seconds or REQUEST_SECONDS) as session:
        another = assemble(changed, session, process.redis)
        yield another
        await another.broker.close()
        await another.events.close()


async def eventually(look: Callable[[], Awaitable[T]]) -> T:
    """Looks again and again until there is something to be seen."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not (seen := await look()):
        assert time.monotonic() < deadline, f"did not happen: {look}"
        await asyncio.sleep(0.01)
    return seen
