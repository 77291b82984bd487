"""F. The embedded mode: 10,000 due queues on SQLite in one process, and its API meanwhile."""

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

from bench.embedded_limit import run_all
from bench.embedded_seed import DUE, USER, seed
from bench.figures import FEW_ROUNDS, Figure, alternate, note, percentile, report
from bench.stage import Stage, stage
from perennial.api.app import create_app
from perennial.core import clock
from perennial.db.connection import SQLITE_FILE
from perennial.process import Process, open_process
from perennial.process.garbage_collection import collecting_seldom


async def main(on: Stage) -> None:
    seeded = await prepare(on)

    async def limit() -> float:
        file = copy(seeded, on.folder / "limit")
        seconds = await asyncio.to_thread(run_all, file)
        check(file)
        return DUE / seconds

    async def ours() -> float:
        file = copy(seeded, on.folder / "ours")
        async with embedded(on, file.parent) as process:
            begun = time.perf_counter()
            while (await process.ticker.process_due_queues()).due:
                pass
            seconds = time.perf_counter() - begun
        check(file)
        return DUE / seconds

    pairs = await alternate(limit, ours, what="embedded")
    waits = [wait for _ in range(FEW_ROUNDS) for wait in await reads(on, copy(seeded, on.folder / "read").parent)]
    report(
        Figure.ratio("F", "10,000 due queues on SQLite in one process, against its own set-based program", pairs, 0.4),
        Figure.at_most("F", f"p99 of {len(waits)} reads meanwhile", percentile(waits, 99), 250.0, " ms"),
    )


async def prepare(on: Stage) -> Path:
    """A seeded database of the present schema; migrated by a process of its own."""
    folder = on.folder / "seeded"
    environment = clean_environment() | {"PERENNIAL_VAR_DIR": str(folder)}
    command = [sys.executable, "-m", "perennial.migrate"]
    folder.mkdir()
    await asyncio.to_thread(subprocess.run, command, check=True, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    with closing(sqlite3.connect(folder / SQLITE_FILE)) as connection:
        seed(connection, on.key)
    return folder / SQLITE_FILE


def copy(file: Path, folder: Path) -> Path:
    """A fresh copy in that folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return Path(shutil.copy(file, folder / SQLITE_FILE))


@asynccontextmanager
async def embedded(on: Stage, folder: Path) -> AsyncIterator[Process]:
    """Perennial's parts on that folder's database, as the embedded mode opens them."""
    settings = on.settings("").model_copy(update={"database_url": None, "var_dir": folder})
    async with open_process(settings) as process:
        await process.redis.flushdb()
        with collecting_seldom():
            yield process


def check(file: Path) -> None:
    """Each queue has moved on, with one ledger row, one clone and two publications."""
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


async def reads(on: Stage, folder: Path) -> list[float]:
    """Milliseconds of every read of a client's, from the tick's beginning to its end."""
    async with embedded(on, folder) as process:
        config = uvicorn.Config(create_app(process), port=0, log_config=None, access_log=False, lifespan="off")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        reader = await _reader(port, on.identity.token(USER, await clock.now()))
        await reader.stdout.readline()  # it has its first answer
        await process.ticker.process_due_queues()
        output, _ = await reader.communicate(b"stop\n")
        server.should_exit = True
        await serving
    waits = [float(line) for line in output.split()]
    note(f"{len(waits)} reads, the longest {max(waits):.0f} ms")
    return waits


async def _reader(port: int, token: str) -> Any:
    command = [sys.executable, "-m", "bench.embedded_reader", str(port), token]
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)


if __name__ == "__main__":
    with stage() as on:
        asyncio.run(main(on))
