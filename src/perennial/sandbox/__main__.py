"""Runs the sandbox alone: `python -m perennial.sandbox --port 8100`."""

import argparse
import logging
import signal
import socket
import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from perennial.sandbox._app import create_sandbox
from perennial.sandbox._controls import HANDLERS

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def main() -> None:
    """Serves until SIGTERM or SIGINT."""
    arguments = _arguments()
    logging.basicConfig(level=logging.WARNING)
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, lambda *_: sys.exit(0))  # uvicorn raises the signal again after its shutdown
    app = Starlette(routes=[Mount("/sandbox", create_sandbox(arguments.record))], exception_handlers=HANDLERS)
    config = uvicorn.Config(
        app,
        host=arguments.host,
        port=arguments.port,
        access_log=False,
        log_level="warning",
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    _AnnouncingServer(config).run()


class _AnnouncingServer(uvicorn.Server):
    """Prints its URL once it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            displayed = f"[{host}]" if ":" in host else host
            sys.stdout.write(f"Sandbox listening on http://{displayed}:{port}/sandbox/\n")
            sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m perennial.sandbox", description="A stand-in for X and LinkedIn.")
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one; the line printed names it")
    parser.add_argument("--host", choices=LOOPBACK, default=LOOPBACK[0])
    parser.add_argument("--record", type=Path, metavar="FILE", help="keep what is published in this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
