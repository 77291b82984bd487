"""A throw-away PostgreSQL, started from the installed binaries, or the one that TEST_DATABASE_URL names."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP, Signals

from support.processes import descendants

PORT = 5432
NO_POSTGRES = "no PostgreSQL: neither TEST_DATABASE_URL is set nor are its server's binaries installed"


@contextmanager
def postgres() -> Iterator[str | None]:
    """Gives a postgres:// URL of an empty database; None where there is no server to be had."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
    else:
        with own_postgres() as server:
            yield server.url if server else None


@contextmanager
def own_postgres(port: int | None = None) -> Iterator["OwnPostgres | None"]:
    """Gives a running server that its user may stop and start; None where there are no binaries.

    With a port it listens on loopback too, for TLS and passwords.
    """
    binaries = installed_binaries()
    if binaries is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="perennial-pg-") as folder:
        server = OwnPostgres(binaries, Path(folder), port)
        server.start()
        try:
            yield server
        finally:
            server.stop(signal.SIGINT)  # a connection that a failed test has left open holds nobody up


def installed_binaries() -> Path | None:
    """Where PostgreSQL's own programs are; None where it is not installed."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if installed:
        return installed[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


class OwnPostgres:
    """A server on data of its own, in a folder; it can be stopped in several ways, and started again."""

    def __init__(self, binaries: Path, folder: Path, port: int | None = None, settings: Sequence[str] = ()) -> None:
        self._listening = ["-c", "listen_addresses="] if port is None else ["-h", "127.0.0.1", "-p", str(port)]
        self._settings = [part for setting in (*settings, "max_connections=200") for part in ("-c", setting)]
        self._port = port or PORT
        self._binaries, self._folder, self.data = binaries, folder, folder / "data"
        self.data.mkdir()
        self._who = unprivileged(folder)
        self.url = f"postgres://perennial@/postgres?host={folder}" + (f"&port={port}" if port else "")
        self.socket = f"{folder}/.s.PGSQL.{self._port}"
        self.make_data()

    def make_data(self) -> None:
        """Fills its folder, with a copy of what the first server of this machine was given."""
        template = Path(tempfile.gettempdir(), f"perennial-initdb-{os.getuid()}-{self._binaries.parent.name}")
        if template.is_dir():
            subprocess.run(["cp", "-a", f"{template}/.", self.data], check=True)  # its owner stays
            return
        self.run("initdb", "-N", "-U", "perennial", "-A", "trust", "-E", "UTF8", "--locale=C", "-D", self.data)
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder, "data")
            subprocess.run(["cp", "-a", self.data, made], check=True)
            with suppress(OSError):  # another has made one in the meantime
                made.rename(template)

    def run(self, program: str, *arguments: object) -> None:
        """Runs one of PostgreSQL's own programs to its end."""
        command = [self._binaries / program, *map(str, arguments)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **self._who)

    def start(self, *settings: str) -> None:
        """Starts it, with these settings too (`synchronous_commit=on`), and waits until it lets callers in."""
        command = [self._binaries / "postgres", "-D", self.data, "-k", self._folder, "-F"]
        command += [*self._listening, *self._settings, *(part for one in settings for part in ("-c", one))]
        with (self._folder / "log").open("ab") as log:
            self._server = subprocess.Popen(command, stdout=log, stderr=log, **self._who)
        self._wait_until_up()

    def stop(self, sig: signal.Signals = signal.SIGTERM) -> None:
        """Stops it: SIGINT throws its clients out (fast), SIGQUIT drops everything at once (immediate)."""
        self.signal(sig)
        self._server.wait()

    def signal(self, sig: signal.Signals) -> None:
        """Tells it to stop, and does not wait: with SIGTERM, as long as a session is open, it lets nobody else in."""
        if self._server.poll() is None:
            self._server.send_signal(sig)

    def write(self, file: Path, text: bytes) -> None:
        """Writes a file of the server's, which nobody else may read."""
        file.touch(mode=0o600)
        file.chmod(0o600)
        file.write_bytes(text)
        if self._who:
            os.chown(file, self._who["user"], self._who["group"])

    def kill(self) -> None:
        """Kills every one of its processes, as a machine that goes down does."""
        self.freeze()
        self._signal_all(SIGKILL)
        self._server.wait()

    def freeze(self) -> None:
        """Stops every one of its processes where it is: connections stay open, and nothing is answered any more."""
        self._server.send_signal(SIGSTOP)  # first, so that it starts no other while we look
        self._signal_all(SIGSTOP)

    def thaw(self) -> None:
        """Lets them go on."""
        self._signal_all(SIGCONT)

    def _signal_all(self, sig: Signals) -> None:
        for pid in [*descendants(self._server.pid), self._server.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, sig)

    def _wait_until_up(self) -> None:
        for _ in range(600):
            ready = [self._binaries / "pg_isready", "-q", "-h", self._folder, "-p", str(self._port), "-U", "perennial"]
            if subprocess.run(ready, check=False).returncode == 0:
                return
            if self._server.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"PostgreSQL did not start: {(self._folder / 'log').read_text()}")


class Standby(OwnPostgres):
    """A streaming replica of another server, which it follows until it is promoted."""

    def __init__(self, primary: OwnPostgres, binaries: Path, folder: Path) -> None:
        self._primary = primary
        super().__init__(binaries, folder)

    def make_data(self) -> None:
        """Fills its folder with what the primary has."""
        self.data.chmod(0o700)
        backup = ("-h", self._primary.socket.rpartition("/")[0], "-U", "perennial", "-D", self.data)
        self.run("pg_basebackup", *backup, "--write-recovery-conf", "--checkpoint=fast")

    def promote(self) -> None:
        """Makes it a primary; returns when it takes writes."""
        self.run("pg_ctl", "promote", "--wait", "-D", self.data)


@contextmanager
def own_standby(primary: OwnPostgres) -> Iterator[Standby]:
    """Gives a running replica of the server."""
    binaries = installed_binaries()
    assert binaries is not None
    with tempfile.TemporaryDirectory(prefix="perennial-pg-") as folder:
        standby = Standby(primary, binaries, Path(folder))
        standby.start()
        try:
            yield standby
        finally:
            standby.stop(signal.SIGINT)


def unprivileged(folder: Path) -> dict[str, int]:
    """PostgreSQL and PgBouncer do not run as root: PostgreSQL's user runs them then, and owns what is in the folder."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    for path in (folder, *folder.iterdir()):
        os.chown(path, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid}
