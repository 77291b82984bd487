"""Runs a real Redis as a child process on a private Unix socket, for the embedded mode."""

import os
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
from perennial.embedded._redis_server import find_server

START_SECONDS = 10.0
STOP_SECONDS = 5.0
# The kernel limits a socket's path to 107 bytes, on macOS to 103.
SOCKET_PATH_MAX = 100

_UNTIL_PARENT_ENDS = Path(__file__).with_name("_until_parent_ends.py")
# Where a process can ask to end with its parent.
_ON_LINUX = sys.platform == "linux"


@contextmanager
def redis_child(folder: Path) -> Iterator[str]:
    """Runs a Redis with its data in `folder`, which the caller has locked; gives its unix:// URL.

    Raises SettingsError if no Redis is installed, or if it does not start.
    """
    with started_redis(folder) as child:
        yield child.url


@contextmanager
def started_redis(folder: Path) -> Iterator["RedisChild"]:
    """The same, giving the child itself, which answers. It is stopped in the end."""
    folder.mkdir(parents=True, exist_ok=True)
    with _socket_folder(folder) as socket_folder:
        child = RedisChild(folder, socket_folder / "redis.sock")
        _end_orphan(child.socket)
        child.start()
        try:
            child.wait_until_ready()
            yield child
        finally:
            child.stop()


class RedisChild:
    """A Redis with its data in a folder, which can be started again after it has ended."""

    def __init__(self, folder: Path, socket: Path) -> None:
        self.log_file = folder / "redis.log"
        self.socket = socket
        self.url = f"unix://{quote(str(socket))}"
        self._command = _command(socket, folder)

    def start(self) -> None:
        """Starts it, in a process group of its own, so that Ctrl-C does not reach it. On Linux it ends with us.

        That is with the thread that calls this, to be exact: that thread has to live as long as the child may.
        """
        watched = [sys.executable, "-I", "-S", str(_UNTIL_PARENT_ENDS), str(os.getpid())]
        command = [*watched, *self._command] if _ON_LINUX else self._command
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, process_group=0)  # noqa: S603

    def wait_until_ready(self) -> None:
        """Waits until this child answers; a Redis that an earlier run left behind must not be mistaken for it.

        Raises SettingsError if it does not.
        """
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if _process_id(self.socket) == self._process.pid:
                return
            time.sleep(0.02)
        self.stop()
        raise SettingsError(
            f"Redis did not start; {self.log_file} says why. That folder holds only alarms, and may be removed"
        )

    def wait(self) -> int:
        """Waits until it ends, whatever ends it; returns its exit code, which is minus the signal that killed it."""
        return self._process.wait()

    def stop(self) -> None:
        """Stops it in good order; by force if it takes longer than STOP_SECONDS."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextmanager
def _socket_folder(folder: Path) -> Iterator[Path]:
    """Gives the folder of the socket: that of the data, or a temporary one if that path is too long."""
    if len(os.fsencode(folder.resolve() / "redis.sock")) <= SOCKET_PATH_MAX:
        yield folder.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="perennial-") as temporary:
        yield Path(temporary)


def _end_orphan(socket: Path) -> None:
    """Ends the Redis of an earlier run whose process was killed, where that does not end its children (macOS).

    It has our data open. Nobody else uses the socket, because the caller has locked the folder.
    """
    if _process_id(socket) is None:
        return
    with redis.Redis(unix_socket_path=str(socket)) as client:
        client.shutdown(nosave=True)  # what it has answered is in its file
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline and _process_id(socket) is not None:
        time.sleep(0.02)


def _process_id(socket: Path) -> int | None:
    """The process id of the Redis that answers at the socket; None if none does, or if it still reads its file."""
    try:
        with redis.Redis(unix_socket_path=str(socket)) as client:
            client.ping()  # it answers INFO while it reads its file
            return int(client.info("server")["process_id"])
    except (redis.ConnectionError, redis.BusyLoadingError, OSError):
        return None


def _command(socket: Path, folder: Path) -> list[str]:
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
    return [find_server(), *(argument for name, value in options.items() for argument in (f"--{name}", value))]
