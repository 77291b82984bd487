"""Runs a server or a worker. In embedded mode the server's process also runs the worker, Redis and the sandbox."""

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import ExitStack, asynccontextmanager, suppress
from functools import partial
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from perennial.api.app import create_app
from perennial.api.auth.bearer_tokens import check_key
from perennial.api.health.watching import until_ready
from perennial.core.errors import SettingsError
from perennial.core.timeouts import wait_for_any
from perennial.embedded.app import create_embedded_app
from perennial.embedded.banner import welcome
from perennial.embedded.parts import Embedded, open_embedded
from perennial.observe.logs import get_logger
from perennial.process import Process, open_database, open_process
from perennial.process.commands import run_command
from perennial.process.connections.bounds import Bounds
from perennial.process.connections.listener import Listener
from perennial.process.connections.register import Register
from perennial.process.garbage_collection import infrequent_garbage_collection
from perennial.process.listening import listen, uvicorn_config
from perennial.settings import Settings
from perennial.worker import running
from perennial.worker.health_port import serve_health_port

log = get_logger(__name__)

DRAIN_SECONDS = 3
FRAMES = 4  # a frame of up to so many times the maximum size is still answered with an error


def run_server() -> None:
    """The entry point of `server.py`: reads the settings and serves until SIGINT or SIGTERM."""
    _run(_serve)


def run_worker() -> None:
    """The entry point of `worker.py`: reads the settings and runs the worker until SIGINT or SIGTERM."""
    _run(_work)


def _run(main: Callable[[Settings], None]) -> None:
    # Until the server or worker handles signals itself, SIGTERM exits, which closes what is open (the embedded Redis).
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    run_command(main)


def _serve(settings: Settings) -> None:
    with ExitStack() as stack:
        bounds = Bounds.of(settings)
        listener = stack.enter_context(listen(settings.host, settings.port, "PERENNIAL_PORT", bounds))
        port: int = listener.getsockname()[1]
        embedded = stack.enter_context(open_embedded(settings, port)) if settings.embedded else None
        _run_until_signal(_run_server(embedded.settings if embedded else settings, listener, embedded))


def _run_until_signal(main: Coroutine[Any, Any, None]) -> None:
    """Runs the coroutine; during its start SIGTERM cancels it, as SIGINT does.

    A signal handler that raises would do so at any point, even while something is being opened.
    """

    async def cancellable() -> None:
        task = asyncio.current_task()
        if task is not None:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        await main

    with suppress(asyncio.CancelledError):
        asyncio.run(cancellable())


@asynccontextmanager
async def _opened(settings: Settings, *, of_worker: bool = False) -> AsyncIterator[Process]:
    """Gives the open parts. What is missing is said in the log meanwhile, a database that is not open yet as well."""
    async with open_process(settings) as process:
        watching = asyncio.create_task(_watch(process, of_worker=of_worker))
        try:
            async with open_database(process):
                with infrequent_garbage_collection():
                    yield process
        finally:
            watching.cancel()
            await asyncio.wait({watching})


async def _watch(process: Process, *, of_worker: bool) -> None:
    """Logs `worker.ready` once the worker looks for alarms, and Redis and the database answer as its work needs it.

    Later it says what is missing whenever Redis has ended the worker, until it works again.
    """
    look = partial(until_ready, process, of_own_worker=of_worker, of_own_stores=process.settings.embedded)
    ready = await look()
    if ready and of_worker:
        log.info("worker.ready")
    while ready:
        await wait_for_any(None, process.heartbeat.ended, process.stopping)
        ready = await look()


async def _run_server(settings: Settings, listener: Listener, embedded: Embedded | None) -> None:
    check_key(settings)  # a key that is none is refused before anything is migrated
    async with _opened(settings) as process:
        app = create_embedded_app(process, embedded) if embedded else create_app(process)
        server = _Server(app, process, listener.register)
        working = asyncio.create_task(running.run(process)) if embedded else None
        ending = asyncio.create_task(server.exit_after(working))
        if embedded:
            server.when_ready = lambda: welcome(process, embedded, listener)
        try:
            # From here on the server handles signals; a handler that cancels the start would now cancel all requests.
            asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
            await server.serve(sockets=[listener])
        finally:
            process.stopping.set()
            await ending


class _Server(uvicorn.Server):
    """A uvicorn server that stops after the worker: in embedded mode the worker sends requests to this server."""

    def __init__(self, app: ASGIApp, process: Process, register: Register) -> None:
        settings = process.settings
        frame_bytes_max = FRAMES * settings.body_bytes_max
        super().__init__(uvicorn_config(app, register, DRAIN_SECONDS, settings.keep_alive_seconds, frame_bytes_max))
        self._process = process
        self._loop = asyncio.get_running_loop()
        self.when_ready: Callable[[], Coroutine[Any, Any, None]] = _log_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts the server, and `when_ready` beside it."""
        await super().startup(sockets)
        if self.started:
            self._announcing = asyncio.create_task(self.announce())

    async def announce(self) -> None:
        """Awaits `when_ready`. The server goes on without what that was to show, and the log says why."""
        try:
            await self.when_ready()
        except Exception:
            log.exception("server.unannounced")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 (uvicorn's signature)
        """The first signal stops the process in order, the second one at once."""
        if self._process.stopping.is_set():
            self.force_exit = self.should_exit = True
        self._loop.call_soon_threadsafe(self._process.stopping.set)

    async def exit_after(self, working: asyncio.Task[None] | None) -> None:
        """Waits until the process is to stop or the worker has ended; then stops worker, subscriptions and server."""
        stopping = asyncio.create_task(self._process.stopping.wait())
        await asyncio.wait({stopping, *([working] if working else [])}, return_when=asyncio.FIRST_COMPLETED)
        self._process.stopping.set()
        log.info("server.stopping")
        try:
            if working:
                await working
            await self._process.broker.close()  # ends subscriptions with an error, so that they do not delay the end
        finally:
            self.should_exit = True


async def _log_ready() -> None:
    log.info("server.ready")


def _work(settings: Settings) -> None:
    if settings.embedded:
        raise SettingsError(
            "DATABASE_URL is missing: a worker of its own needs PostgreSQL; the embedded server has its worker inside"
        )
    with ExitStack() as stack:
        port, bounds = settings.worker_port, Bounds.of(settings)
        listener = stack.enter_context(listen(settings.host, port, "PERENNIAL_WORKER_PORT", bounds)) if port else None
        _run_until_signal(_run_worker(settings, listener))


async def _run_worker(settings: Settings, listener: Listener | None) -> None:
    async with _opened(settings, of_worker=True) as process, serve_health_port(process, listener):
        loop = asyncio.get_running_loop()
        for sig in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sig, process.stopping.set)
        await running.run(process)
        log.info("worker.stopped")
