"""A small HTTP server with /healthz, /readyz and /metrics of this worker.

prometheus-client's own server is not enough: it answers every path with the metrics, knows no token, and collects in a
thread, although our gauges await the database and Redis.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from perennial.api.health.routes import HealthRoutes
from perennial.api.pages.home import worker_home
from perennial.api.pages.not_found import HANDLERS
from perennial.observe.logs import get_logger
from perennial.process import Process
from perennial.process.connections.listener import Listener
from perennial.process.listening import uvicorn_config

log = get_logger(__name__)

DRAIN_SECONDS = 1


@asynccontextmanager
async def serve_health_port(process: Process, listener: Listener | None) -> AsyncIterator[None]:
    """Serves the worker's HTTP endpoints during the block; without a listener it serves nothing."""
    if listener is None:
        yield
        return
    routes = [Route("/", worker_home), *HealthRoutes(process, of_worker=True).routes()]
    app = Starlette(routes=routes, exception_handlers=HANDLERS)
    app.router.redirect_slashes = False  # it redirects to the host that the request names
    server = _Server(uvicorn_config(app, listener.register, DRAIN_SECONDS, process.settings.keep_alive_seconds))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        (result,) = await asyncio.gather(serving, return_exceptions=True)
        if isinstance(result, Exception):  # the worker itself has ended well
            log.warning("worker_port.failed", error=repr(result))


class _Server(uvicorn.Server):
    """A uvicorn server that leaves signals to the worker."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Installs no signal handlers."""
        yield
