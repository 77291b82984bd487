"""The real objects of two processes over one real database, a fake clock, far platforms, and a look at all tables."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from types import SimpleNamespace
from typing import Any, TypeVar, cast
from uuid import UUID

import pytest
import structlog
from cryptography.fernet import Fernet
from pydantic import SecretStr
from tortoise import Tortoise
from tortoise.backends.base.executor import EXECUTOR_CACHE

from perennial.accounts import refresh_breakers
from perennial.core import clock as clock_module
from perennial.core import ids
from perennial.core.errors import UserError
from perennial.core.fault_points import FaultPoint
from perennial.core.states import Platform
from perennial.db import connection
from perennial.db.models import Publication
from perennial.jobs.redis_client import RedisClient
from perennial.jobs.redis_connection import connect_redis
from perennial.outbound.http_session import HttpSession
from perennial.platforms import registry
from perennial.process import Process, assemble
from perennial.publishing import _recording
from perennial.publishing.claims import Claimed
from perennial.publishing.sending import Sender
from perennial.queues.pausing import ended_pauses
from perennial.queues.tick import ticker as tick
from perennial.settings import Settings
from support.clock import FakeClock
from support.stores.catalogs import Postgres, Sqlite
from support.stores.databases import TABLES

from .far import FarPlatform, on_its_way
from .seen import Glass, Seen
from .ticking import HORIZON

T = TypeVar("T")

# Two days before the clocks of Berlin and Beirut go forward, and nine before those of Lord Howe Island go back.
BEGINNING = datetime(2027, 3, 26, 9, tzinfo=UTC)


@dataclass
class World:
    """What the laws are tried on."""

    runner: asyncio.Runner
    clock: FakeClock
    far: dict[Platform, FarPlatform]
    processes: list[Process]
    log: list[Any]
    watches: bool = True
    glass: Glass = field(default_factory=Glass)
    complaints: list[str] = field(default_factory=list)
    armed: set[datetime] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=count)
    reached: Counter[str] = field(default_factory=Counter)  # by all lives, in words

    def new_id(self) -> UUID:
        """The next id of a row: those of each life are alike, and so is the order of its rows."""
        return UUID(int=next(self.numbers) << 80 | 0x7 << 76 | 0b10 << 62)

    @property
    def process(self) -> Process:
        """The first of the processes."""
        return self.processes[0]

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs it to its end."""
        return self.runner.run(work)

    def together(self, *works: Coroutine[Any, Any, Any]) -> None:
        """Runs them all at once to their ends."""
        self.run(_together(works))

    async def dying_tick(self, death: FaultPoint) -> None:
        """A tick that ends at the point, as far as the database can see."""

        def reach(point: FaultPoint) -> None:
            if point == death:
                raise asyncio.CancelledError

        with pytest.MonkeyPatch.context() as patch, suppress(asyncio.CancelledError):
            patch.setattr(tick, "reach", reach)
            patch.setattr(ended_pauses, "reach", reach)
            await self.process.ticker.process_due_queues()

    def refused(self, work: Coroutine[Any, Any, Any]) -> type[UserError] | None:
        """Runs it; which user's error it raised, if any."""
        try:
            self.run(work)
        except UserError as error:
            return type(error)
        return None

    def look(self) -> Seen:
        """Reads all tables; takes the alarms out of Redis, and complains of those that lie too far ahead."""
        self.armed = self.run(_take_alarms(self.process.redis))
        self.complaints += [f"{at} is armed at {self.clock.now}" for at in self.armed if at > self.clock.now + HORIZON]
        return self.run(self.glass.look())

    def begin_anew(self) -> None:
        """Empties the tables, the platforms and the log, and puts the clock back: all lives begin alike."""
        self.run(_empty())
        self.clock.now = BEGINNING
        self.numbers = count()
        self.glass = Glass()
        for far in self.far.values():
            far.forget()
        self.log.clear()
        self.complaints.clear()


async def _take_alarms(redis: RedisClient) -> set[datetime]:
    """The instants for which alarms are set; nobody else sees them, as if each of them were lost."""
    jobs = [job.decode().removeprefix(redis.name("")) for job in await redis.zrange(redis.queue, 0, -1)]
    if jobs:
        await redis.flushdb()
    return {datetime.fromisoformat(at) for _, _, at in (job.partition(":") for job in jobs) if at[:1].isdigit()}


async def _together(works: Sequence[Coroutine[Any, Any, Any]]) -> None:
    await asyncio.gather(*works)
    if left := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(left)  # until the database has rolled back what died, and lets go of its rows


async def _empty() -> None:
    for table in TABLES:
        await Tortoise.get_connection("default").execute_query(f"DELETE FROM {table}")


@contextmanager
def world(database: Sqlite | Postgres, redis_url: str) -> Iterator[World]:
    """Opens a world in an event loop and a context of its own: no other test's database is touched."""
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        log = stack.enter_context(structlog.testing.capture_logs())
        runner = stack.enter_context(asyncio.Runner())
        clock = FakeClock()
        clock.now = BEGINNING
        patch.setattr(clock_module, "now", clock.read)
        far = {platform: FarPlatform(platform, clock) for platform in Platform}
        patch.setattr(registry, "_x", lambda *_: far[Platform.X])
        patch.setattr(registry, "_linkedin", lambda *_: far[Platform.LINKEDIN])
        runner.run(_open(database))
        stack.callback(lambda: runner.run(_close()))
        opened = World(runner, clock, far, runner.run(_processes(redis_url)), log)
        stack.callback(lambda: runner.run(opened.process.redis.aclose(close_connection_pool=True)))
        patch.setattr(ids, "uuid7", opened.new_id)
        patch.setattr(_recording, "_jitter", lambda: 1.0)  # nor do these draw by lot
        patch.setattr(refresh_breakers, "random", SimpleNamespace(random=lambda: 0.5))
        patch.setattr(Sender, "send", _watched(Sender.send, opened))
        yield opened


async def _open(database: Sqlite | Postgres) -> None:
    EXECUTOR_CACHE.clear()  # the ORM keeps statements by connection name
    if isinstance(database, Sqlite):
        config = connection.sqlite_config(database.file)
        config["connections"]["default"]["credentials"]["synchronous"] = "OFF"  # it need not survive a power cut
    else:
        config = connection.postgres_config(database.ours, 10)
    await Tortoise.init(config=config, use_tz=True, timezone="UTC")  # for this context alone


async def _close() -> None:
    await Tortoise.close_connections()
    EXECUTOR_CACHE.clear()


async def _processes(redis_url: str) -> list[Process]:
    key = SecretStr(Fernet.generate_key().decode())
    given = {"redis_url": SecretStr(redis_url), "token_keys": (key,), "pause_after_failures": 0}
    settings = Settings().model_copy(update=given)
    nowhere = cast(HttpSession, None)
    redis = connect_redis(settings)
    await redis.flushdb()
    return [assemble(settings, nowhere, redis) for _ in range(2)]


def _watched(send: Any, world: World) -> Any:
    """`Sender.send`, which tells the platform what it is for, and sees to it that it was marked before."""

    async def watched(sender: Sender, claimed: Claimed, *more: Any) -> Any:
        on_its_way.set(claimed.row.id)
        if world.watches and not await _is_marked(claimed):
            world.complaints.append(f"{claimed.row.id} is sent without a mark of its claim")
        return await send(sender, claimed, *more)

    return watched


async def _is_marked(claimed: Claimed) -> bool:
    row = await Publication.get_or_none(id=claimed.row.id)
    return row is not None and row.claim_id == claimed.row.claim_id and row.request_started_time is not None
