"""G. Growth over workers: 100,000 due queues for one, two and four of them, and what memory a tick takes."""

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

from bench.figures import Figure, note, report
from bench.seeds import seed_queues
from bench.stage import Stage, check_counts, stage

FEW, MANY, USERS = 10_000, 100_000, 2_000
WAIT_SECONDS = 300
NOWHERE = "http://127.0.0.1:9"
# With both platforms tripped nothing is published: what is measured is the tick alone.
TRIPPED = """
    INSERT INTO platform_breakers (platform, error_code, error_message, tripped_time, probe_time)
    SELECT platform, 'CREDITS_USED_UP', 'The bench.', now(), now() + interval '1 day'
    FROM unnest(ARRAY['x', 'linkedin']) AS platform
"""
_DUE = "FROM recurring_queues WHERE status = 'active' AND next_scheduled_time <= now()"
LEFT = f"SELECT count(*) {_DUE}"
IS_DUE = f"SELECT EXISTS (SELECT 1 {_DUE})"
HAS_BEGUN = "SELECT EXISTS (SELECT 1 FROM queue_executions)"


@dataclass(frozen=True)
class Run:
    """What some workers did with all that was due."""

    rate: float
    shares: list[int]
    peak_mib: float


async def main(on: Stage) -> None:
    for due in (FEW, MANY):
        await on.template(f"due_{due}", lambda connection, due=due: seed(connection, on.key, due))
    few = await run(on, FEW, 1)
    runs = {workers: await run(on, MANY, workers) for workers in (1, 2, 4)}
    one = runs[1]
    report(
        *(figure(workers, found, one) for workers, found in runs.items()),
        *(idle(workers, found) for workers, found in runs.items() if workers > 1),
        Figure.at_most(
            "G",
            "peak memory of a worker, 100,000 due against 10,000",
            one.peak_mib / few.peak_mib,
            1.3,
            " times",
            f"{few.peak_mib:.0f} MiB",
        ),
    )


def figure(workers: int, found: Run, one: Run) -> Figure:
    """Queues a second, against those of one worker."""
    what = f"100,000 due queues, {workers} worker{'s' if workers > 1 else ''}"
    return Figure("G", what, f"{one.rate:,.0f}/s", f"{found.rate:,.0f}/s", f"{found.rate / one.rate:.2f}", "", True)


def idle(workers: int, found: Run) -> Figure:
    """Whether all were at work: the smallest share of the queues, against an even one."""
    least = min(found.shares) * workers / MANY
    what = f"the smallest share of {workers} workers, against an even one"
    return Figure("G", what, "", str(min(found.shares)), f"{least:.2f}", "≥ 0.25", least >= 0.25)


async def seed(connection: asyncpg.Connection, key: bytes, due: int) -> None:
    """That many queues, all of them due."""
    await seed_queues(connection, key, due, due, USERS, originals=USERS)
    await connection.execute(TRIPPED)


async def run(on: Stage, due: int, workers: int) -> Run:
    """Starts the workers, which tick at once, and waits until nothing is due."""
    async with on.copy(f"due_{due}") as url:
        connection = await asyncpg.connect(url)
        with started(on, url, workers) as (processes, logs):
            await until(connection, HAS_BEGUN, True)
            begun, left = time.perf_counter(), await connection.fetchval(LEFT)
            await until(connection, IS_DUE, False)
            rate = left / (time.perf_counter() - begun)
            peak = max(peak_mib(process.pid) for process in processes)
            await asyncio.sleep(1)  # so that the last ticks say what they did
        await check(connection, due)
        await connection.close()
    shares = [sum(one["due"] for one in ticks(log)) for log in logs]
    note(f"{workers} workers, {due:,} due: {rate:,.0f}/s, shares {shares}, peak {peak:.0f} MiB")
    return Run(rate, shares, peak)


async def until(connection: asyncpg.Connection, question: str, answer: bool) -> None:
    """Asks again and again until the answer is this one; cheaply, for the workers need the database."""
    for _ in range(WAIT_SECONDS * 20):
        if await connection.fetchval(question) is answer:
            return
        await asyncio.sleep(0.05)
    raise TimeoutError(f"it stays as it is: {question}")


async def check(connection: asyncpg.Connection, due: int) -> None:
    """Each queue ran once: a ledger row, a clone, two publications."""
    counts = {
        "recurring_queues WHERE execution_count = 1": due,
        "queue_executions WHERE outcome = 'executed'": due,
        "posts WHERE created_by_queue_id IS NOT NULL": due,
        "publications WHERE status = 'scheduled'": 2 * due,
    }
    await check_counts(connection, counts)


@contextmanager
def started(on: Stage, url: str, workers: int) -> Iterator[tuple[list["subprocess.Popen[bytes]"], list[Path]]]:
    """Workers as in production, each with its log."""
    places = ("X_API_URL", "LINKEDIN_API_URL", "LINKEDIN_OAUTH_URL")
    environment = on.environment(url, **{f"PERENNIAL_{name}": NOWHERE for name in places})
    logs = [on.folder / f"worker-{number}.log" for number in range(workers)]
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


def ticks(log: Path) -> list[dict[str, int]]:
    """What a worker's ticks say that they did."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if '"tick.done"' in line]
    return [line for line in lines if line["event"] == "tick.done"]


def peak_mib(pid: int) -> float:
    """The most memory that a process has had."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    with stage() as on:
        asyncio.run(main(on))
