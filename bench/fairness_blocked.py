"""The CPU that a great backlog of a blocked account costs: two workers side by side, one of which has it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import NamedTuple

import asyncpg

from bench.fairness_seed import BLOCK, seed
from bench.figures import Figure, print_progress
from bench.lateness import worker
from bench.servers import Servers
from bench.stub import Stub
from perennial.embedded._redis_child import redis_child
from perennial.jobs.alarms import Alarms
from perennial.jobs.worker_functions import WorkerFunction

BLOCKED = 20_000
SETTLE_SECONDS, SECONDS, LOOKS_A_SECOND = 2, 10, 5
DIFFERENCE_MAX = 1.0


class _Worker(NamedTuple):
    """A running worker: the processes that work for it, its own and its database's, and the alarms that it hears."""

    pids: set[int]
    alarms: Alarms


async def measure_blocked(servers: Servers, platform: Stub) -> Figure:
    """Compares the CPU of both, second by second, while each looks for work LOOKS_A_SECOND times a second."""
    for size in (0, BLOCKED):
        await servers.template(f"blocked_{size}", lambda connection, size=size: _seed(connection, servers.key, size))
    await platform.reset()
    with redis_child(servers.folder / "redis-of-the-other") as redis_url:
        other = replace(servers, redis_url=redis_url)
        async with _waiting(servers, platform, 0) as without, _waiting(other, platform, BLOCKED) as with_blocked:
            for one in (without, with_blocked):
                await _look_often(one.alarms)
            await asyncio.sleep(SETTLE_SECONDS)
            pairs = [await asyncio.gather(_cpu(without.pids), _cpu(with_blocked.pids)) for _ in range(SECONDS)]
    assert await platform.count() == {}
    limit, ours = (median(one) for one in zip(*pairs, strict=True))
    more, most = median(two - one for one, two in pairs), DIFFERENCE_MAX
    print_progress("blocked: " + ", ".join(f"{one:.1f}/{two:.1f}" for one, two in pairs))
    what = f"CPU of a worker and its database that look {LOOKS_A_SECOND} times a second, {BLOCKED:,} due but blocked"
    cells = (f"{limit:.1f} %", f"{ours:.1f} %", f"{more:+.1f} %", f"≤ +{most:g} % of a core")
    return Figure("H", what, *cells, more <= most)


async def _seed(connection: asyncpg.Connection, key: bytes, size: int) -> None:
    await seed(connection, key, size)
    if size:
        await connection.execute(BLOCK)


@asynccontextmanager
async def _waiting(servers: Servers, platform: Stub, size: int) -> AsyncIterator[_Worker]:
    """Runs a worker on a database with so many blocked publications."""
    async with (
        servers.copy(f"blocked_{size}", f"round_{size}") as url,
        worker(servers, url, platform) as (pid, alarms),
    ):
        connection = await asyncpg.connect(url)
        serving = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        yield _Worker({pid, *(row["pid"] for row in await connection.fetch(serving))}, alarms)
        await connection.close()


async def _look_often(alarms: Alarms) -> None:
    """Sets alarms that make a worker look LOOKS_A_SECOND times a second, from now on until it was measured."""
    now = datetime.now(UTC)
    looks = (SETTLE_SECONDS + SECONDS + 5) * LOOKS_A_SECOND
    times = {now + timedelta(seconds=(number + 1) / LOOKS_A_SECOND) for number in range(looks)}
    await alarms.arm(WorkerFunction.PUBLISH, times, now)


async def _cpu(pids: set[int]) -> float:
    """The CPU that these processes use during a second, in percent of one core."""
    used, loop = _cpu_seconds(pids), asyncio.get_running_loop()
    begun = loop.time()
    await asyncio.sleep(1)
    return 100 * (_cpu_seconds(pids) - used) / (loop.time() - begun)


def _cpu_seconds(pids: set[int]) -> float:
    """The time that all threads of these processes have run so far, which the scheduler counts in nanoseconds."""
    threads = [thread for pid in pids for thread in Path(f"/proc/{pid}/task").glob("*")]
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9
