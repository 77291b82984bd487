"""What the tests of the tick begin with and look at."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from arq.constants import job_key_prefix

from perennial.jobs.redis_client import unpack
from perennial.jobs.worker_functions import WorkerFunction
from perennial.process import Process
from perennial.queues.tick.ticker import TickSummary
from support.api import POSTS_QUERY, User

HOUR = timedelta(hours=1)

Tick = Callable[[], Awaitable[TickSummary]]


async def due_queue(user: User, time: datetime, texts: dict[str, str] | None = None, **more: Any) -> Any:
    """A queue of the user's that falls due at the time, with a post for each platform."""
    post = await user.create_post(**(texts or {"x": "Hello", "linkedin": "Hello there"}))
    return await user.create_queue(post["id"], time, **more)


async def due_queues(user: User, number: int, time: datetime, **more: Any) -> list[Any]:
    """As many queues, all of one post, that fall due at the time."""
    post = await user.create_post(x="Hello")
    return [await user.create_queue(post["id"], time, **more) for _ in range(number)]


async def clones(user: User, queue: Any) -> list[Any]:
    """The posts that the queue made, newest first."""
    page = await user.do(POSTS_QUERY, createdByQueueId=queue["id"], first=100)
    nodes: list[Any] = page["nodes"]
    return nodes


async def ledger(user: User, queue: Any) -> list[tuple[str, str | None]]:
    """What became of the queue's occurrences, newest first, as (outcome, reason)."""
    rows = (await user.queue(queue["id"]))["executions"]["nodes"]
    return [(row["outcome"], row["reason"]) for row in rows]


async def alarms(process: Process, call: WorkerFunction) -> list[str]:
    """The ids of the waiting jobs for that function, earliest first, without its name."""
    ids: Sequence[bytes] = await process.redis.zrange(process.redis.queue, 0, -1)
    prefix = process.redis.name(f"{call}:")
    return [text.removeprefix(prefix) for one in ids if (text := one.decode()).startswith(prefix)]


async def forget_alarms(process: Process) -> None:
    """What a Redis that lost everything has forgotten."""
    await process.redis.flushdb()


async def work_of(process: Process, job_id: str) -> tuple[str, dict[str, Any]]:
    """What a waiting job calls, and with what; its id without the prefix."""
    job = unpack(await process.redis.get(job_key_prefix + process.redis.name(job_id)))
    return job["f"], job["k"]
