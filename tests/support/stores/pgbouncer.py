"""A PgBouncer as it comes out of the box, in transaction mode: before the tests' PostgreSQL, or one of a test's own."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from support.processes import stop, until
from support.stores.postgres import unprivileged

NO_PGBOUNCER = "no PgBouncer: its program is not installed"
PORT = 6432

# `ignore_startup_parameters` stays empty, as it is. Who may log in and how many is no matter of the mode.
_CONFIGURATION = """
[databases]
* = host={host} port={port}

[pgbouncer]
pool_mode = transaction
listen_addr =
listen_port = {listens}
unix_socket_dir = {folder}
auth_type = {auth}
auth_file = {folder}/users
max_client_conn = 1000
"""


def program() -> str | None:
    """The one that TEST_PGBOUNCER names, or else where it is installed; None where it is not."""
    return os.environ.get("TEST_PGBOUNCER") or shutil.which(
        "pgbouncer", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"
    )


@contextmanager
def pgbouncer(postgres_url: str, auth: str = "trust", **users: str) -> Iterator["OwnPgBouncer | None"]:
    """Gives one that runs before the server on that Unix socket; None where it is not installed.

    `users` are those whom it knows beside `perennial`, with their passwords, for which it may ask (`auth`).
    """
    found = program()
    if found is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="perennial-pgbouncer-") as folder:
        pooler = OwnPgBouncer(found, Path(folder), postgres_url, auth, users)
        pooler.start()
        try:
            yield pooler
        finally:
            pooler.kill()


class OwnPgBouncer:
    """One process, which can be killed and started again at the same place."""

    def __init__(
        self, program: str, folder: Path, postgres_url: str, auth: str = "trust", users: Mapping[str, str] | None = None
    ) -> None:
        self._program, self._folder = program, folder
        options = parse_qs(urlsplit(postgres_url).query)
        host, port = options["host"][0], options.get("port", ["5432"])[0]
        self._file, self._socket = folder / "pgbouncer.ini", folder / f".s.PGSQL.{PORT}"
        self._file.write_text(_CONFIGURATION.format(host=host, port=port, listens=PORT, folder=folder, auth=auth))
        known = {"perennial": "", **(users or {})}
        (folder / "users").write_text("".join(f'"{user}" "{password}"\n' for user, password in known.items()))
        self._who = unprivileged(folder)

    def url(self, direct: str) -> str:
        """What leads through it to the database that this URL leads to directly."""
        return urlunsplit(urlsplit(direct)._replace(query=urlencode({"host": str(self._folder), "port": PORT})))

    def start(self) -> None:
        """Starts it, and waits until it lets callers in: its socket is there a moment before."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen([self._program, self._file], stdout=log, stderr=log, **self._who)
        until(self._listens, "PgBouncer listens")

    def _listens(self) -> bool:
        if not self.is_running:
            raise RuntimeError(f"PgBouncer did not start: {(self._folder / 'log').read_text()}")
        with socket.socket(socket.AF_UNIX) as caller:
            caller.connect(str(self._socket))
        return True

    @property
    def is_running(self) -> bool:
        """Whether the process that was started last is still there."""
        return self._process.poll() is None

    def kill(self) -> None:
        """Kills it, as a machine that goes down does: everybody's connections end."""
        stop(self._process, signal.SIGKILL)
        self._socket.unlink(missing_ok=True)
