"""C. Lateness: how long after its time a publication arrives at its platform, and what a worker costs that waits."""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TypeVar

import aiohttp
import asyncpg
from support.processes import running

from bench.figures import FEW_ROUNDS, Figure, note, percentile, report
from bench.seeds import scheduled_text, seed_accounts, seed_scheduled
from bench.stage import Stage, stage
from bench.stub import Stub, stub
from perennial.jobs.alarms import Alarms, Call
from perennial.jobs.heartbeat import HEARTBEAT_KEY
from perennial.jobs.redis_connection import connect_redis

NUMBER, OVER_MS, AHEAD_SECONDS = 200, 10_000, 3
WAIT_SECONDS = 30
SETTLE_SECONDS, IDLE_SECONDS = 1, 10

T = TypeVar("T")

# The same distinct whole milliseconds in every round.
OFFSETS = sorted(random.Random(20261123).sample(range(OVER_MS), NUMBER))


@dataclass
class Found:
    """The figures of the rounds: milliseconds, and the percentage of a core."""

    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    idle: list[float] = field(default_factory=list)

    def add(self, late: Sequence[float], whose: str) -> None:
        """Takes a round's latenesses, in no particular order."""
        self.p50.append(percentile(late, 50))
        self.p99.append(percentile(late, 99))
        note(f"lateness, {whose}: p50 {self.p50[-1]:.1f} ms, p99 {self.p99[-1]:.1f} ms, most {max(late):.1f} ms")


async def main(on: Stage) -> None:
    await on.template("accounts", lambda connection: seed_accounts(connection, on.key, NUMBER))
    bare, found = Found(), Found()
    async with stub() as far:
        for _ in range(FEW_ROUNDS):
            bare.add(await limit(far), "bare")
            found.add(await ours(on, far, found), "ours")
    most = f"{median(bare.p99):,.1f} ms"
    half = f"{median(bare.p50):,.1f} ms"
    report(
        Figure.at_most("C", "lateness of 200 publications over 10 s, p99", median(found.p99), 60, " ms", most),
        Figure.known("C", "the same, p50", half, f"{median(found.p50):,.1f} ms"),
        Figure.at_most("C", "CPU of a worker that waits, of one core", median(found.idle), 5, " %"),
    )


async def limit(far: Stub) -> list[float]:
    """A bare program that sleeps until the instants, and posts."""
    await far.reset()
    times = instants()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def post(number: int, at: datetime) -> None:
            await asyncio.sleep(at.timestamp() - time.time())
            async with session.post(far.url + "/2/tweets", json={"text": scheduled_text(number)}) as response:
                await response.read()

        await asyncio.gather(*(post(number, at) for number, at in enumerate(times)))
    return await lateness(far, times)


async def ours(on: Stage, far: Stub, found: Found) -> list[float]:
    """A worker, by alarms; afterwards it waits, which costs what `found.idle` is given."""
    await far.reset()
    async with on.copy("accounts") as url, worker(on, url, far) as (pid, alarms):
        connection = await asyncpg.connect(url)
        times = instants()
        await seed_scheduled(connection, times, NUMBER)
        await alarms.arm(Call.PUBLISH, times, datetime.now(UTC))
        late = await lateness(far, times)
        await asyncio.sleep(SETTLE_SECONDS)
        published = await connection.fetchval("SELECT count(*) FROM publications WHERE status = 'published'")
        assert published == NUMBER, published
        await connection.close()
        found.idle.append(await idle_percentage(pid))
        note(f"idle: {found.idle[-1]:.1f} %")
        assert await far.count() == {scheduled_text(n): 1 for n in range(NUMBER)}
    return late


@asynccontextmanager
async def worker(on: Stage, url: str, far: Stub) -> AsyncIterator[tuple[int, Alarms]]:
    """A worker's process that has begun to work, by its id, and the alarms that it hears."""
    redis = connect_redis(on.settings(url))
    try:
        await redis.flushdb()
        environment = on.environment(url, PERENNIAL_X_API_URL=far.url)
        with running("worker.py", log=on.folder / "worker.log", **environment) as process:
            await until(lambda: redis.exists(HEARTBEAT_KEY))
            yield process.pid, Alarms(redis)
    finally:
        await redis.aclose(close_connection_pool=True)


def instants() -> list[datetime]:
    """The instants of a round that begins in a while."""
    begins = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=AHEAD_SECONDS)
    return [begins + timedelta(milliseconds=offset) for offset in OFFSETS]


async def lateness(far: Stub, times: Sequence[datetime]) -> list[float]:
    """Waits until all have arrived; returns by how many milliseconds each was late."""
    await asyncio.sleep(times[-1].timestamp() - time.time())

    async def all_of_them() -> dict[str, float] | None:
        arrivals = await far.arrivals()
        return arrivals if len(arrivals) >= len(times) else None

    arrivals = await until(all_of_them)
    return [(arrivals[scheduled_text(number)] - at.timestamp()) * 1_000 for number, at in enumerate(times)]


async def until(look: Callable[[], Awaitable[T]]) -> T:
    """Looks again and again until there is something to be seen, and returns it."""
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            if seen := await look():
                return seen
            await asyncio.sleep(0.2)


async def idle_percentage(pid: int) -> float:
    """How much of one core a process uses while it waits."""
    used, begun = cpu_seconds(pid), time.perf_counter()
    await asyncio.sleep(IDLE_SECONDS)
    return 100 * (cpu_seconds(pid) - used) / (time.perf_counter() - begun)


def cpu_seconds(pid: int) -> float:
    """What a process has used so far, in user and system time."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    with stage() as on:
        asyncio.run(main(on))
