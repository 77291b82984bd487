"""G. Growth over workers: 100,000 due queues with one, two and four workers, and the memory that a tick needs."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from support.processes import ROOT, stop

from bench.figures import Figure, print_progress, report
from bench.seeds import seed_queues
from bench.servers import Servers, check_counts, start_servers

FEW, MANY, USERS = 10_000, 100_000, 2_000
WAIT_SECONDS = 300
CLOSED_URL = "http://127.0.0.1:9"
# With both breakers tripped nothing is published, so that the tick alone is measured.
TRIP_BREAKERS = """
    INSERT INTO platform_breakers (platform, error_code, error_message, tripped_time, probe_time)
    SELECT platform, 'CREDITS_USED_UP', 'The bench.', now(), now() + interval '1 day'
    FROM unnest(ARRAY['x', 'linkedin']) AS platform
"""
_DUE = "FROM recurring_queues WHERE status = 'active' AND next_scheduled_time <= now()"
COUNT_DUE = f"SELECT count(*) {_DUE}"
HAS_DUE = f"SELECT EXISTS (SELECT 1 {_DUE})"
HAS_STARTED = "SELECT EXISTS (SELECT 1 FROM queue_executions)"


@dataclass(frozen=True)
class Run:
    """One run: queues a second, the number of queues that each worker executed, and the highest memory of a worker."""

    rate: float
    shares: list[int]
    peak_mib: float


async def main(servers: Servers) -> None:
    for due in (FEW, MANY):
        await servers.template(f"due_{due}", lambda connection, due=due: seed(connection, servers.key, due))
    few = await run(servers, FEW, 1)
    runs = {workers: await run(servers, MANY, workers) for workers in (1, 2, 4)}
    one = runs[1]
    report(
        *(rate_figure(workers, result, one) for workers, result in runs.items()),
        *(share_figure(workers, result) for workers, result in runs.items() if workers > 1),
        Figure.at_most(
            "G",
            "peak memory of a worker, 100,000 due against 10,000",
            one.peak_mib / few.peak_mib,
            1.3,
            " times",
            f"{few.peak_mib:.0f} MiB",
        ),
    )


def rate_figure(workers: int, result: Run, one: Run) -> Figure:
    """The rate of these workers, compared with that of one worker."""
    what = f"100,000 due queues, {workers} worker{'s' if workers > 1 else ''}"
    return Figure("G", what, f"{one.rate:,.0f}/s", f"{result.rate:,.0f}/s", f"{result.rate / one.rate:.2f}", "", True)


def share_figure(workers: int, result: Run) -> Figure:
    """The smallest share of the queues that a worker executed, compared with an equal share."""
    least = min(result.shares) * workers / MANY
    what = f"the smallest share of {workers} workers, against an even one"
    return Figure("G", what, "", str(min(result.shares)), f"{least:.2f}", "≥ 0.25", least >= 0.25)


async def seed(connection: asyncpg.Connection, key: bytes, due: int) -> None:
    """Inserts `due` queues, all of them due, and trips both breakers."""
    await seed_queues(connection, key, due, due, USERS, originals=USERS)
    await connection.execute(TRIP_BREAKERS)


async def run(servers: Servers, due: int, workers: int) -> Run:
    """Starts the workers, which tick immediately, and waits until no queue is due."""
    async with servers.copy(f"due_{due}") as url:
        connection = await asyncpg.connect(url)
        with running_workers(servers, url, workers) as (processes, logs):
            await poll_query(connection, HAS_STARTED, True)
            begun, left = time.perf_counter(), await connection.fetchval(COUNT_DUE)
            await poll_query(connection, HAS_DUE, False)
            rate = left / (time.perf_counter() - begun)
            peak = max(peak_mib(process.pid) for process in processes)
            await asyncio.sleep(1)  # the last ticks still have to log their results
        await check(connection, due)
        await connection.close()
    shares = [sum(one["due"] for one in tick_results(log)) for log in logs]
    print_progress(f"{workers} workers, {due:,} due: {rate:,.0f}/s, shares {shares}, peak {peak:.0f} MiB")
    return Run(rate, shares, peak)


async def poll_query(connection: asyncpg.Connection, query: str, expected: bool) -> None:
    """Polls a cheap query until it returns this answer. Raises TimeoutError."""
    for _ in range(WAIT_SECONDS * 20):
        if await connection.fetchval(query) is expected:
            return
        await asyncio.sleep(0.05)
    raise TimeoutError(f"it stays as it is: {query}")


async def check(connection: asyncpg.Connection, due: int) -> None:
    """Checks that each queue ran once, with one ledger row, one clone and two publications."""
    counts = {
        "recurring_queues WHERE execution_count = 1": due,
        "queue_executions WHERE outcome = 'executed'": due,
        "posts WHERE created_by_queue_id IS NOT NULL": due,
        "publications WHERE status = 'scheduled'": 2 * due,
    }
    await check_counts(connection, counts)


@contextmanager
def running_workers(
    servers: Servers, url: str, workers: int
) -> Iterator[tuple[list["subprocess.Popen[bytes]"], list[Path]]]:
    """Starts workers as in production; gives their processes and log files."""
    urls = ("X_API_URL", "LINKEDIN_API_URL", "LINKEDIN_OAUTH_URL")
    environment = servers.environment(url, **{f"PERENNIAL_{name}": CLOSED_URL for name in urls})
    logs = [servers.folder / f"worker-{number}.log" for number in range(workers)]
    processes = []
    for log in logs:
        with log.open("wb") as output:
            command = [sys.executable, "worker.py"]
            processes.append(subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output))
    try:
        yield processes, logs
    finally:
        for process in processes:
            stop(process)


def tick_results(log: Path) -> list[dict[str, int]]:
    """The results of a worker's ticks, from its log."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if '"tick.done"' in line]
    return [line for line in lines if line["event"] == "tick.done"]


def peak_mib(pid: int) -> float:
    """The peak resident memory of a process in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    with start_servers() as servers:
        asyncio.run(main(servers))
