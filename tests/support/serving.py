"""The application on a real port, in the test's own process, for claims about sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from perennial.api.app import create_app
from perennial.process import Process


@asynccontextmanager
async def served(process: Process) -> AsyncIterator[str]:
    """The application on a real port, for as long as the block runs; gives its host and port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(process), log_config=None, lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
            await asyncio.sleep(0)
        yield "{}:{}".format(*listener.getsockname())
        server.should_exit = True
        await serving
