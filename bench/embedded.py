"""F. The embedded mode: a tick of 10,000 due queues on SQLite, and the latency of the API during that tick."""

import asyncio
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import uvicorn
from support.processes import ROOT, clean_environment

from bench.embedded_limit import execute_due_queues
from bench.embedded_seed import DUE, USER, seed
from bench.figures import FEW_ROUNDS, Figure, alternate, percentile, print_progress, report
from bench.servers import Servers, start_servers
from perennial.api.app import create_app
from perennial.core import clock
from perennial.db.connection import SQLITE_FILE
from perennial.process import Process, open_database, open_process
from perennial.process.garbage_collection import infrequent_garbage_collection


async def main(servers: Servers) -> None:
    seeded = await create_seeded_database(servers)

    async def limit() -> float:
        file = fresh_copy(seeded, servers.folder / "limit")
        seconds = await asyncio.to_thread(execute_due_queues, file)
        check(file)
        return DUE / seconds

    async def ours() -> float:
        file = fresh_copy(seeded, servers.folder / "ours")
        async with embedded_process(servers, file.parent) as process:
            begun = time.perf_counter()
            while (await process.ticker.process_due_queues()).due:
                pass
            seconds = time.perf_counter() - begun
        check(file)
        return DUE / seconds

    pairs = await alternate(limit, ours, what="embedded")
    latencies = [
        latency
        for _ in range(FEW_ROUNDS)
        for latency in await measure_reads(servers, fresh_copy(seeded, servers.folder / "read").parent)
    ]
    report(
        Figure.ratio("F", "10,000 due queues on SQLite in one process, against its own set-based program", pairs, 0.4),
        Figure.at_most("F", f"p99 of {len(latencies)} reads meanwhile", percentile(latencies, 99), 250.0, " ms"),
    )


async def create_seeded_database(servers: Servers) -> Path:
    """Creates a database with the present schema and seeds it; a child process runs the migrations."""
    folder = servers.folder / "seeded"
    environment = clean_environment() | {"PERENNIAL_VAR_DIR": str(folder)}
    command = [sys.executable, "-m", "perennial.migrate"]
    folder.mkdir()
    await asyncio.to_thread(subprocess.run, command, check=True, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    with closing(sqlite3.connect(folder / SQLITE_FILE)) as connection:
        seed(connection, servers.key)
    return folder / SQLITE_FILE


def fresh_copy(file: Path, folder: Path) -> Path:
    """Copies the database into the folder, which is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return Path(shutil.copy(file, folder / SQLITE_FILE))


@asynccontextmanager
async def embedded_process(servers: Servers, folder: Path) -> AsyncIterator[Process]:
    """Opens Perennial's services on the folder's database, as the embedded mode does."""
    settings = servers.settings("").model_copy(update={"database_url": None, "var_dir": folder})
    async with open_process(settings) as process, open_database(process):
        await process.redis.flushdb()
        with infrequent_garbage_collection():
            yield process


def check(file: Path) -> None:
    """Checks that each queue advanced once, with one ledger row, one clone and two publications."""
    counts = {
        "recurring_queues WHERE execution_count = 1 AND next_scheduled_time > datetime('now')": DUE,
        "queue_executions WHERE outcome = 'executed'": DUE,
        "posts WHERE status = 'scheduled'": DUE,
        "publications WHERE status = 'scheduled'": 2 * DUE,
    }
    with closing(sqlite3.connect(file)) as connection:
        for what, wanted in counts.items():
            ((found,),) = connection.execute(f"SELECT count(*) FROM {what}")
            assert found == wanted, (what, found, wanted)


async def measure_reads(servers: Servers, folder: Path) -> list[float]:
    """The latency of every request of a client during one tick, in milliseconds."""
    async with embedded_process(servers, folder) as process:
        config = uvicorn.Config(create_app(process), port=0, log_config=None, access_log=False, lifespan="off")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        reader = await _start_reader(port, servers.identity.token(USER, await clock.now()))
        await reader.stdout.readline()  # the first response has arrived
        await process.ticker.process_due_queues()
        output, _ = await reader.communicate(b"stop\n")
        server.should_exit = True
        await serving
    latencies = [float(line) for line in output.split()]
    print_progress(f"{len(latencies)} reads, the longest {max(latencies):.0f} ms")
    return latencies


async def _start_reader(port: int, token: str) -> Any:
    command = [sys.executable, "-m", "bench.embedded_reader", str(port), token]
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)


if __name__ == "__main__":
    with start_servers() as servers:
        asyncio.run(main(servers))
