"""Runs commands as processes that are forked off one which has read Perennial's modules: a tenth of the time each."""

import os
import runpy
import subprocess
import sys
import tempfile
from multiprocessing import get_context
from pathlib import Path

from support.processes import ROOT, clean_environment

WAIT_SECONDS = 60
_FORKING = get_context("forkserver")
_FORKING.set_forkserver_preload(["perennial.serving", "perennial.accounts.reencrypting"])


def forked(*command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """What `processes.completed` gives: runs `python <command>` to its end, with just these settings."""
    with tempfile.TemporaryDirectory() as folder:
        out, errors = Path(folder) / "out", Path(folder) / "errors"
        given = {**clean_environment(), **environment}
        process = _FORKING.Process(target=_run, args=(command, given, out, errors))
        process.start()
        process.join(WAIT_SECONDS)
        if process.exitcode is None:
            process.kill()
            process.join()
        return subprocess.CompletedProcess(command, process.exitcode or 0, out.read_text(), errors.read_text())


def _run(command: tuple[str, ...], environment: dict[str, str], out: Path, errors: Path) -> None:
    """Becomes `python <command>`."""
    for file, descriptor in ((out, 1), (errors, 2)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), descriptor)
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    if command[0] == "-m":
        sys.argv = list(command[1:])
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = list(command)
        runpy.run_path(command[0], run_name="__main__")
