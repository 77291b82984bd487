"""What the tests of the tick begin with and look at."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from arq.constants import job_key_prefix

from perennial.core.instants import instant
from perennial.jobs.redis_client import unpack
from perennial.jobs.worker_functions import WorkerFunction
from perennial.process import Process
from perennial.queues.tick.ticker import TickSummary
from support.api import CREATE_QUEUE, POSTS_QUERY, UPDATE_QUEUE, User
from support.clock import FakeClock

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


TURNS = "query ($id: ID!) { queue(id: $id) { originalPostId originalPost { id } posts { id } } }"
CLONES = """
    query ($id: ID) { posts(createdByQueueId: $id, orderBy: CREATED_ASC, first: 100) {
        nodes { publications { content } }
    } }
"""


class Rotation:
    """A queue whose posts take turns, which runs once a day, and its posts by their names: a letter each."""

    def __init__(self, user: User, clock: FakeClock, tick: Callable[[], Awaitable[Any]]) -> None:
        self.user, self.clock, self.tick = user, clock, tick
        self.ids: dict[str, str] = {}
        self.queue: Any = None

    @classmethod
    async def start(cls, user: User, clock: FakeClock, tick: Tick, names: str, **more: Any) -> "Rotation":
        """A new queue of the posts with these names, in this order."""
        rotation = cls(user, clock, tick)
        ids = await rotation.posts(names)
        given = {"postIds": ids, "interval": 1, "nextScheduledTime": instant(clock.now + HOUR)}
        rotation.queue = await user.do(CREATE_QUEUE, input=given | more)
        clock.advance(minutes=30)
        return rotation

    async def posts(self, names: str) -> list[str]:
        """The ids of the posts with these names, which are made where there are none."""
        for name in names:
            if name not in self.ids:
                self.ids[name] = (await self.user.create_post(x=name))["id"]
        return [self.ids[name] for name in names]

    async def edit(self, names: str) -> None:
        """Gives the queue this list."""
        await self.user.do(UPDATE_QUEUE, id=self.queue["id"], input={"postIds": await self.posts(names)})

    async def run(self, days: int = 1) -> None:
        """Lets so many occurrences fall due, one after the other."""
        for _ in range(days):
            self.clock.now += timedelta(days=1)
            await self.tick()

    async def ran(self) -> str:
        """The names of the posts that were cloned, in their order."""
        nodes = (await self.user.do(CLONES, id=self.queue["id"]))["nodes"]
        return "".join(node["publications"][0]["content"] for node in nodes)

    async def next(self) -> str | None:
        """The name of the post whose turn it is, as the API shows it."""
        return self.name((await self._turns())["originalPostId"])

    async def list(self) -> str:
        """The names of the queue's posts, in the order of its list."""
        return "".join(self.name(post["id"]) or "" for post in (await self._turns())["posts"])

    def name(self, post_id: str | None) -> str | None:
        """What the post is called."""
        return next((name for name, one in self.ids.items() if one == post_id), None)

    async def _turns(self) -> Any:
        found = await self.user.do(TURNS, id=self.queue["id"])
        shown: Sequence[Any] = [found["originalPost"] and found["originalPost"]["id"]]
        assert shown == [found["originalPostId"]]
        return found
