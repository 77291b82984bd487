"""Perennial's own processes, run as an operator runs them."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from support.production.forks import Forked, Program

ROOT = Path(__file__).parents[2]
WAIT_SECONDS = 60.0  # a machine that has much else to do takes half of it to start a server
# What a machine may have set for its own purposes must not configure the processes under test.
OURS = ("PERENNIAL_", "DATABASE_URL", "REDIS_URL")
# What Python and aiohttp look at as they begin, and not again: whoever is given one of these is not forked off.
READ_AT_FIRST = {"PYTHONPATH", "SSL_CERT_FILE"}

T = TypeVar("T")


Running = subprocess.Popen[bytes] | Forked


@contextmanager
def running(*command: str, log: Path, **environment: str) -> Iterator[Running]:
    """Runs `python <command>` in the project's folder, with just these settings; ends it with SIGTERM.

    It is forked off a process that has read our modules already, where none of these settings is READ_AT_FIRST.
    """
    given = {**clean_environment(), **environment}
    if READ_AT_FIRST & environment.keys():
        with begun(*command, log=log, **environment) as process:
            yield process
        return
    process = Forked(Program(command, ROOT, given, Path(os.devnull), log, log))
    try:
        yield process
    finally:
        stop(process)


@contextmanager
def begun(*command: str, log: Path, **environment: str) -> Iterator["subprocess.Popen[bytes]"]:
    """The same from nothing, as an operator does it."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            stdout=output,
            stderr=output,
            env={**clean_environment(), **environment},
        )
    try:
        yield process
    finally:
        stop(process)


def completed(*command: str, folder: Path = ROOT, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Runs `python <command>` to its end, with just these settings: what it said, and its exit code."""
    given = {**clean_environment(), **environment}
    whole = [sys.executable, *command]
    return subprocess.run(whole, cwd=folder, env=given, capture_output=True, text=True, check=False)


def forked(
    *command: str, folder: Path = ROOT, given: str = "", **environment: str
) -> "subprocess.CompletedProcess[str]":
    """The same, in a process that is forked off one which has read our modules already; it may be given something."""
    with tempfile.TemporaryDirectory() as name:
        said, out, errors = (Path(name) / end for end in ("said", "out", "errors"))
        said.write_text(given)
        whole = {**clean_environment(), **environment}
        process = Forked(Program(command, folder, whole, said, out, errors))
        try:
            code = process.wait(2 * WAIT_SECONDS)
        finally:
            process.kill()
        return subprocess.CompletedProcess(command, code, out.read_text(), errors.read_text())


def run(*command: str, folder: Path = ROOT, **environment: str) -> str:
    """Runs a command that has to succeed, forked off as above: what it says on standard output."""
    end = completed if READ_AT_FIRST & environment.keys() else forked
    done = end(*command, folder=folder, **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def clean_environment() -> dict[str, str]:
    """This machine's environment, without anything that configures Perennial."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)}


def stop(process: Running, sig: signal.Signals = signal.SIGTERM) -> int:
    """Ends a process that may have ended already; returns its exit code."""
    if process.poll() is None:
        process.send_signal(sig)
    try:
        return process.wait(WAIT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


def is_running(pid: int) -> bool:
    """Whether there is such a process, and it is not a dead one whose parent has not looked yet."""
    return _stat(pid)[:1] not in ([], ["Z"])


def descendants(pid: int) -> list[int]:
    """The processes that a process started, and those that they started."""
    everyone = [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()]
    children = [one for one in everyone if _stat(one)[1:2] == [str(pid)]]
    return [*children, *(later for child in children for later in descendants(child))]


def _stat(pid: int) -> list[str]:
    """What the kernel says of a process from its state on; nothing where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(look: Callable[[], T], what: str = "") -> T:
    """Looks again and again until there is something to be seen; a look that cannot connect saw nothing."""
    deadline = time.monotonic() + WAIT_SECONDS
    seen: object = None
    while time.monotonic() < deadline:
        try:
            seen = look()
        except OSError as error:
            seen = error
        else:
            if seen:
                return seen
        time.sleep(0.05)
    raise AssertionError(f"did not happen: {what or look}; last seen: {seen!r}")
