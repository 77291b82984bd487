"""Runs the sandbox alone: `perennial sandbox --port 8100`, or `python -m perennial.sandbox`."""

import argparse
import logging
import signal
import socket
import sys
from pathlib import Path
from typing import NoReturn

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from perennial.sandbox._app import create_sandbox
from perennial.sandbox._controls import HANDLERS

PORT_MAX = 65_535
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def main() -> None:
    """Serves until SIGTERM or SIGINT.

    What cannot work ends it with exit code 1 and one line on standard error, wrong arguments with 2 and such a line.
    """
    arguments = _arguments()
    logging.basicConfig(level=logging.WARNING)
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, lambda *_: sys.exit(0))  # uvicorn raises the signal again after its shutdown
    sandbox = create_sandbox(_record_file(arguments.record))
    config = uvicorn.Config(
        Starlette(routes=[Mount("/sandbox", sandbox)], exception_handlers=HANDLERS),
        access_log=False,
        log_level="warning",
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    with _listener(arguments.host, arguments.port) as listener:
        _AnnouncingServer(config).run(sockets=[listener])


def _record_file(file: Path | None) -> Path | None:
    """The file, after a look whether it can be read and written."""
    if file is not None:
        try:
            with file.open("a+", encoding="utf-8") as record:
                record.seek(0)
                record.read()
        except (OSError, UnicodeError) as error:
            _end(f"--record: {file} cannot be used: {getattr(error, 'strerror', None) or 'it is no text'}")
    return file


def _listener(host: str, port: int) -> socket.socket:
    # With the protocol named, asyncio sets TCP_NODELAY; socket.create_server names none.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        _end(f"--port: cannot listen on {_displayed(host)}:{port}: {error.strerror or error}; name another, or 0")
    return listener


def _end(message: str, code: int = 1) -> NoReturn:
    sys.stderr.write(f"perennial: {message}\n")
    sys.exit(code)


def _displayed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


class _AnnouncingServer(uvicorn.Server):
    """Prints its URL once it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sys.stdout:  # it may be closed
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            sys.stdout.write(f"Sandbox listening on http://{_displayed(host)}:{port}/sandbox/\n")
            sys.stdout.flush()


class _Parser(argparse.ArgumentParser):
    """Says in one line what is wrong with the arguments; argparse itself adds how to use all of them."""

    def error(self, message: str) -> NoReturn:
        """Ends the process."""
        _end(f"{message}; perennial sandbox --help shows how to use it", 2)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= PORT_MAX):
        raise argparse.ArgumentTypeError(f"{text!r} is no port, which is a number from 0 to {PORT_MAX}")
    return int(text)


def _arguments() -> argparse.Namespace:
    parser = _Parser("perennial sandbox", description="A stand-in for X and LinkedIn.")
    parser.add_argument("--port", type=_port, required=True, help="0 takes a free one; the line printed names it")
    parser.add_argument("--host", choices=LOOPBACK, default=LOOPBACK[0])
    parser.add_argument("--record", type=Path, metavar="FILE", help="keep what is published in this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
