"""A worker in the test's own process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from perennial.process import Process
from perennial.worker import running


@asynccontextmanager
async def working(process: Process) -> AsyncIterator[None]:
    """A worker, which is told to stop in the end."""
    task = asyncio.create_task(running.run(process))
    try:
        yield
    finally:
        process.stopping.set()
        await task
