"""Processes that are forked off one which has read our modules already: that takes a tenth of what a start takes else.

They are processes of their own in everything that is seen of them: number, environment, folder, files, signals and exit
code. What a fork does not show is how Python begins, and what it does in the end (`atexit`). Tests of that have their
process started from nothing.
"""

import gc
import os
import runpy
import signal
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import current_process, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from subprocess import TimeoutExpired

FORKING = get_context("forkserver")
FORKING.set_forkserver_preload(
    [
        "perennial.serving",
        "perennial.accounts.reencrypting",
        "perennial.sandbox._app",
        "perennial.keeping.exporting",
    ]
)


@dataclass(frozen=True)
class Program:
    """What follows `python` on a command line: a file, `-m` and a module or `-c` and code; and what it is given."""

    command: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str]
    given: Path
    out: Path
    errors: Path


class Forked:
    """A running program, with as much of `Popen` as the tests use."""

    def __init__(self, program: Program) -> None:
        self._command, self._lock = program.command, threading.Lock()
        for file in (program.out, program.errors):
            file.touch()
        self._from_keeper, to_us = FORKING.Pipe(duplex=False)
        keeper = FORKING.Process(target=_keep, args=(program, to_us), daemon=True)
        keeper.start()
        to_us.close()
        self.pid: int = self._from_keeper.recv()
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, or the signal that killed it as a negative number; None while it runs."""
        with self._lock:
            if self.returncode is None and self._from_keeper.poll():
                self.returncode = self._from_keeper.recv()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The same once it has ended. Raises TimeoutExpired."""
        if self.returncode is None:
            self._from_keeper.poll(timeout)
        code = self.poll()
        if code is None:
            raise TimeoutExpired(self._command, timeout or 0)
        return code

    def send_signal(self, sig: int) -> None:
        """Sends it where the program still runs."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, sig)

    def terminate(self) -> None:
        """By SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """By SIGKILL."""
        self.send_signal(signal.SIGKILL)


def _keep(program: Program, to_test: "Connection[int, int]") -> None:
    """Forks the program off, and tells its number and how it ends: what the fork server tells, one thread may read."""
    current_process().daemon = False  # only such a process may have another below it
    gc.freeze()  # a collection of all that was read beforehand would copy it
    process = get_context("fork").Process(target=_run, args=(program,))
    process.start()
    to_test.send(process.pid)
    process.join()
    with suppress(BrokenPipeError):
        to_test.send(process.exitcode)


def _run(program: Program) -> None:
    for file, how, descriptor in (
        (program.given, os.O_RDONLY, 0),
        (program.out, os.O_WRONLY | os.O_APPEND, 1),
        (program.errors, os.O_WRONLY | os.O_APPEND, 2),
    ):
        opened = os.open(file, how)
        os.dup2(opened, descriptor)
        os.close(opened)
    sys.stdin = os.fdopen(0, closefd=False)
    os.chdir(program.folder)
    os.environ.clear()
    os.environ.update(program.environment)
    try:
        _become(*program.command)
    except SystemExit:
        raise
    except BaseException:
        sys.excepthook(*sys.exc_info())
        sys.exit(1)


def _become(first: str, *more: str) -> None:
    if first == "-m":
        sys.argv = list(more)
        runpy.run_module(more[0], run_name="__main__", alter_sys=True)
    elif first == "-c":
        sys.argv = ["-c", *more[1:]]
        exec(compile(more[0], "<string>", "exec"), {"__name__": "__main__"})
    else:
        sys.argv = [first, *more]
        runpy.run_path(first, run_name="__main__")
