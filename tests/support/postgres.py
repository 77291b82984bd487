"""A throw-away PostgreSQL, started from the installed binaries, or the one that TEST_DATABASE_URL names."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NO_POSTGRES = "no PostgreSQL: neither TEST_DATABASE_URL is set nor are its server's binaries installed"


@contextmanager
def postgres() -> Iterator[str | None]:
    """Gives a postgres:// URL of an empty database; None where there is no server to be had."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
    elif (binaries := _binaries()) is None:
        yield None
    else:
        with tempfile.TemporaryDirectory(prefix="perennial-pg-") as folder:
            yield from _run(binaries, Path(folder))


def _binaries() -> Path | None:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if installed:
        return installed[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def _run(binaries: Path, folder: Path) -> Iterator[str]:
    data = folder / "data"
    data.mkdir()
    who = _unprivileged(folder)
    initdb = [binaries / "initdb", "-N", "-U", "perennial", "-A", "trust", "-E", "UTF8", "--locale=C", "-D", data]
    subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, **who)
    command = [binaries / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-F"]
    command += ["-c", "max_connections=200"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, **who)
    try:
        _wait_until_up(binaries, folder, server)
        yield f"postgres://perennial@/postgres?host={folder}"
    finally:
        server.terminate()
        server.wait()


def _unprivileged(folder: Path) -> dict[str, int]:
    """PostgreSQL does not run as root: its own user runs it then, and owns the folder."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    for path in (folder, folder / "data"):
        os.chown(path, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid}


def _wait_until_up(binaries: Path, folder: Path, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        ready = subprocess.run([binaries / "pg_isready", "-q", "-h", folder, "-U", "perennial"], check=False)
        if ready.returncode == 0:
            return
        if server.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start: {(folder / 'log').read_text()}")
