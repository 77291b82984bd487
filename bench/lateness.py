"""C. Lateness: how long after its time a publication reaches its platform, and how much CPU an idle worker uses."""

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

from bench.figures import FEW_ROUNDS, Figure, percentile, print_progress, report
from bench.seeds import scheduled_text, seed_accounts, seed_scheduled
from bench.servers import Servers, start_servers
from bench.stub import Stub, run_stub
from perennial.jobs.alarms import Alarms
from perennial.jobs.heartbeat import HEARTBEAT
from perennial.jobs.redis_connection import connect_redis
from perennial.jobs.worker_functions import WorkerFunction

NUMBER, OVER_MS, AHEAD_SECONDS = 200, 10_000, 3
WAIT_SECONDS = 30
SETTLE_SECONDS, IDLE_SECONDS = 1, 10

T = TypeVar("T")

# The same distinct whole milliseconds in every round.
OFFSETS = sorted(random.Random(20261123).sample(range(OVER_MS), NUMBER))


@dataclass
class Measurements:
    """The figures of all rounds: percentiles in milliseconds, and an idle worker's CPU in percent of one core."""

    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    idle: list[float] = field(default_factory=list)

    def add(self, latenesses: Sequence[float], program: str) -> None:
        """Adds the percentiles of one round's latenesses, which may be in any order."""
        self.p50.append(percentile(latenesses, 50))
        self.p99.append(percentile(latenesses, 99))
        print_progress(
            f"lateness, {program}: p50 {self.p50[-1]:.1f} ms, p99 {self.p99[-1]:.1f} ms, most {max(latenesses):.1f} ms"
        )


async def main(servers: Servers) -> None:
    await servers.template("accounts", lambda connection: seed_accounts(connection, servers.key, NUMBER))
    limits, measured = Measurements(), Measurements()
    async with run_stub() as platform:
        for _ in range(FEW_ROUNDS):
            limits.add(await limit(platform), "bare")
            measured.add(await ours(servers, platform, measured), "ours")
    limit_p99 = f"{median(limits.p99):,.1f} ms"
    limit_p50 = f"{median(limits.p50):,.1f} ms"
    report(
        Figure.at_most("C", "lateness of 200 publications over 10 s, p99", median(measured.p99), 60, " ms", limit_p99),
        Figure.untargeted("C", "the same, p50", limit_p50, f"{median(measured.p50):,.1f} ms"),
        Figure.at_most("C", "CPU of a worker that waits, of one core", median(measured.idle), 5, " %"),
    )


async def limit(platform: Stub) -> list[float]:
    """Measures a program that sleeps until each instant and sends the post."""
    await platform.reset()
    times = instants()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def post(number: int, at: datetime) -> None:
            await asyncio.sleep(at.timestamp() - time.time())
            async with session.post(platform.url + "/2/tweets", json={"text": scheduled_text(number)}) as response:
                await response.read()

        await asyncio.gather(*(post(number, at) for number, at in enumerate(times)))
    return await lateness(platform, times)


async def ours(servers: Servers, platform: Stub, measured: Measurements) -> list[float]:
    """Measures a worker that publishes by alarms, and adds its CPU while idle to `measured.idle`."""
    await platform.reset()
    async with servers.copy("accounts") as url, worker(servers, url, platform) as (pid, alarms):
        connection = await asyncpg.connect(url)
        times = instants()
        await seed_scheduled(connection, times, NUMBER)
        await alarms.arm(WorkerFunction.PUBLISH, times, datetime.now(UTC))
        latenesses = await lateness(platform, times)
        await asyncio.sleep(SETTLE_SECONDS)
        published = await connection.fetchval("SELECT count(*) FROM publications WHERE status = 'published'")
        assert published == NUMBER, published
        await connection.close()
        measured.idle.append(await idle_percentage(pid))
        print_progress(f"idle: {measured.idle[-1]:.1f} %")
        assert await platform.count() == {scheduled_text(n): 1 for n in range(NUMBER)}
    return latenesses


@asynccontextmanager
async def worker(servers: Servers, url: str, platform: Stub) -> AsyncIterator[tuple[int, Alarms]]:
    """Starts a worker; gives its process id, once it is ready, and the alarms that it listens to."""
    redis = connect_redis(servers.settings(url))
    try:
        await redis.flushdb()
        environment = servers.environment(url, PERENNIAL_X_API_URL=platform.url)
        with running("worker.py", log=servers.folder / "worker.log", **environment) as process:
            await poll_until_true(lambda: redis.exists(redis.name(HEARTBEAT)))
            yield process.pid, Alarms(redis)
    finally:
        await redis.aclose(close_connection_pool=True)


def instants() -> list[datetime]:
    """The instants of a round that begins in about AHEAD_SECONDS."""
    begins = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=AHEAD_SECONDS)
    return [begins + timedelta(milliseconds=offset) for offset in OFFSETS]


async def lateness(platform: Stub, times: Sequence[datetime]) -> list[float]:
    """Waits until the post of each time has arrived; returns the lateness of each in milliseconds."""
    await asyncio.sleep(times[-1].timestamp() - time.time())

    async def all_arrivals() -> dict[str, float] | None:
        arrivals = await platform.arrivals()
        return arrivals if all(scheduled_text(number) in arrivals for number in range(len(times))) else None

    arrivals = await poll_until_true(all_arrivals)
    return [(arrivals[scheduled_text(number)] - at.timestamp()) * 1_000 for number, at in enumerate(times)]


async def poll_until_true(probe: Callable[[], Awaitable[T]]) -> T:
    """Calls `probe` every 0.2 s until its result is true, and returns that. Raises TimeoutError."""
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            if result := await probe():
                return result
            await asyncio.sleep(0.2)


async def idle_percentage(pid: int) -> float:
    """The CPU that a process uses during IDLE_SECONDS, in percent of one core."""
    used, begun = cpu_seconds(pid), time.perf_counter()
    await asyncio.sleep(IDLE_SECONDS)
    return 100 * (cpu_seconds(pid) - used) / (time.perf_counter() - begun)


def cpu_seconds(pid: int) -> float:
    """The user and system time that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    with start_servers() as servers:
        asyncio.run(main(servers))
