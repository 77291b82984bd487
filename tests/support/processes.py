"""Perennial's own processes, run as an operator runs them."""

import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).parents[2]
WAIT_SECONDS = 60.0  # a machine that has much else to do takes half of it to start a server
# What a machine may have set for its own purposes must not configure the processes under test.
OURS = ("PERENNIAL_", "DATABASE_URL", "REDIS_URL")
FORKING = get_context("forkserver")
FORKING.set_forkserver_preload(["perennial.serving", "perennial.accounts.reencrypting"])

T = TypeVar("T")


@contextmanager
def running(*command: str, log: Path, **environment: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Runs `python <command>` in the project's folder, with just these settings; ends it with SIGTERM."""
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


def forked(*command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """The same, in a process that is forked off one which has read our modules already: a tenth of the time."""
    with tempfile.TemporaryDirectory() as folder:
        out, errors = Path(folder) / "out", Path(folder) / "errors"
        given = {**clean_environment(), **environment}
        process = FORKING.Process(target=_become, args=(command, given, out, errors))
        process.start()
        process.join(WAIT_SECONDS)
        if process.exitcode is None:
            process.kill()
            process.join()
        return subprocess.CompletedProcess(command, process.exitcode or 0, out.read_text(), errors.read_text())


def _become(command: tuple[str, ...], environment: dict[str, str], out: Path, errors: Path) -> None:
    for file, descriptor in ((out, 1), (errors, 2)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), descriptor)
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    is_module = command[0] == "-m"
    sys.argv = list(command[1:] if is_module else command)
    if is_module:
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(command[0], run_name="__main__")


def run(*command: str, folder: Path = ROOT, **environment: str) -> str:
    """The same for a command that has to succeed: what it says on standard output."""
    done = completed(*command, folder=folder, **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def clean_environment() -> dict[str, str]:
    """This machine's environment, without anything that configures Perennial."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)}


def stop(process: "subprocess.Popen[bytes]", sig: signal.Signals = signal.SIGTERM) -> int:
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
