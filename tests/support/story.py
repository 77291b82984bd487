"""Perennial as two of its users see it from outside: over HTTP, with nothing of the process at hand."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

import httpx2

from perennial.core.instants import instant, whole_milliseconds
from support import api
from support.api import Refusal, User
from support.processes import WAIT_SECONDS

T = TypeVar("T")
BOTH = {"X", "LINKEDIN"}


@dataclass
class Site:
    """A running Perennial, and the platforms that it publishes on."""

    http: httpx2.AsyncClient
    platforms: httpx2.AsyncClient

    async def posts(self, user: str) -> list[dict[str, Any]]:
        """What was published for the user, on the platforms' own word."""
        return [post for post in (await self.platforms.get("/sandbox/posts")).json() if post["user"] == user]

    async def ready(self) -> dict[str, str] | None:
        """The parts that are up or down; None while nobody answers."""
        try:
            parts = dict((await self.http.get("/readyz")).json())
        except httpx2.TransportError:
            return None
        del parts["missing"]
        return parts

    async def until_ready(self) -> None:
        """Waits until all parts are up."""
        await eventually(lambda: self.says(database="up", redis="up", worker="up"), "ready")

    async def says(self, **parts: str) -> bool:
        """Whether just these parts are up or down."""
        return await self.ready() == parts


async def eventually(look: Callable[[], Awaitable[T]], what: str, seconds: float = WAIT_SECONDS) -> T:
    """Looks again and again until there is something to be seen."""
    deadline = time.monotonic() + seconds
    while not (seen := await look()):
        assert time.monotonic() < deadline, f"did not happen: {what}; last seen: {seen!r}"
        await asyncio.sleep(0.05)
    return seen


def soon(seconds: float) -> datetime:
    """An instant that is about to come."""
    return whole_milliseconds(datetime.now(UTC)) + timedelta(seconds=seconds)


async def queue_a_post(site: Site, user: User, ahead: float = 2) -> dict[str, Any]:
    """The user queues a post some seconds ahead; the queue as it is once its clone is out on both platforms."""
    words = uuid4().hex
    post = await user.create_post(x=f"X {words}", linkedin=f"LinkedIn {words}")
    when = soon(ahead)
    queue = await user.create_queue(post["id"], when, interval=7, maxExecutions=2)
    assert queue["nextScheduledTime"] == instant(when)

    async def both_out() -> Any:
        executions = (await user.queue(queue["id"]))["executions"]["nodes"]
        return executions and executions[0]["post"]["status"] == "PUBLISHED"

    await eventually(both_out, "the clone is published")
    shown = {(one["platform"], one["text"]) for one in await site.posts(user.name) if words in one["text"]}
    assert shown == {("X", f"X {words}"), ("LINKEDIN", f"LinkedIn {words}")}
    return dict(await user.queue(queue["id"]))


def assert_it_ran_once(queue: dict[str, Any]) -> None:
    """The story's bookkeeping: the ledger with the clone, the count, and the next time."""
    (execution,) = queue["executions"]["nodes"]
    occurrence = datetime.fromisoformat(execution["scheduledTime"])
    assert (queue["status"], queue["executionCount"], queue["maxExecutions"]) == ("ACTIVE", 1, 2)
    assert queue["lastExecutedTime"] == execution["scheduledTime"]
    assert queue["nextScheduledTime"] == instant(occurrence + timedelta(days=7))
    assert (execution["outcome"], execution["reason"], execution["missedCount"]) == ("EXECUTED", None, 0)
    clone = execution["post"]
    assert (clone["createdByQueueId"], clone["clonedFromId"]) == (queue["id"], queue["originalPostId"])
    assert {one["platform"] for one in clone["publications"]} == BOTH
    for publication in clone["publications"]:
        assert (publication["status"], publication["attempts"]) == ("PUBLISHED", 1)
        assert publication["schedulerId"] == f"publish:{execution['scheduledTime']}"
        assert publication["url"]
    assert queue["originalPost"]["status"] == "DRAFT"


async def assert_it_does_not_exist_for(stranger: User, queue: dict[str, Any]) -> None:
    """Null on reading and NOT_FOUND for every mutation, in the words that are said of an id that never was."""
    queue_id, post_id = queue["id"], queue["originalPostId"]
    assert await stranger.queue(queue_id) is None
    assert await stranger.post(post_id) is None
    assert (await stranger.do(api.QUEUES_QUERY))["nodes"] == []
    assert (await stranger.do(api.POSTS_QUERY))["nodes"] == []
    for mutation, given in _mutations_of_a_post():
        assert await _refusal(stranger, mutation, post_id, given) == await _refusal(stranger, mutation, None, given)
    for mutation, given in _mutations_of_a_queue():
        assert await _refusal(stranger, mutation, queue_id, given) == await _refusal(stranger, mutation, None, given)
    given = {"interval": 7, "nextScheduledTime": instant(soon(3600)), "originalPostId": post_id}
    assert (await stranger.refused(api.CREATE_QUEUE, input=given)).code == "NOT_FOUND"


async def _refusal(stranger: User, mutation: str, found: str | None, given: dict[str, Any]) -> Refusal:
    refusal = await stranger.refused(mutation, id=found or str(uuid4()), **given)
    assert refusal.code == "NOT_FOUND"
    return refusal


def _mutations_of_a_post() -> list[tuple[str, dict[str, Any]]]:
    return [
        (api.UPDATE_POST, {"input": {"publications": [{"platform": "X", "content": "Mine"}]}}),
        (api.DELETE_POST, {}),
        (api.CLONE_POST, {}),
        (api.SCHEDULE_POST, {"input": {"scheduledTime": instant(soon(3600))}}),
        (api.UNSCHEDULE_POST, {}),
    ]


def _mutations_of_a_queue() -> list[tuple[str, dict[str, Any]]]:
    return [
        (api.UPDATE_QUEUE, {"input": {"interval": 1}}),
        (api.DELETE_QUEUE, {}),
        (api.PAUSE_QUEUE, {}),
        (api.RESUME_QUEUE, {}),
        (api.DISCONNECT_ACCOUNT, {}),
    ]
