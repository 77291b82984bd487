"""The wheel of the present sources, installed as a user installs it, with no repository around."""

import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess, Popen

from support.processes import ROOT, clean_environment, stop


class Installed:
    """The wheel in a virtual environment of its own; its commands run in an empty folder."""

    def __init__(self, folder: Path) -> None:
        self._environment, self.folder = folder / "environment", folder / "empty"
        self.folder.mkdir()
        python = [sys.executable, "-m"]
        _run(*python, "hatchling", "build", "-t", "wheel", "-d", str(folder))
        (self.wheel,) = folder.glob("*.whl")
        _run(*python, "venv", "--without-pip", str(self._environment))
        pip = [*python, "pip", "--python", str(self._environment / "bin/python"), "--disable-pip-version-check"]
        _run(*pip, "install", "-q", "--no-index", "--no-deps", str(self.wheel))
        # Everything that it depends on is that of the tests. They have Perennial as a link (a .pth file) to the
        # repository, which is not followed from here.
        packages = self.site_packages / "dependencies.pth"
        packages.write_text(f"{sysconfig.get_paths()['purelib']}\n{sysconfig.get_paths()['platlib']}\n")

    @property
    def site_packages(self) -> Path:
        (found,) = self._environment.glob("lib/python*/site-packages")
        return found

    def command(self, name: str, *arguments: str) -> list[str]:
        """A program of the environment: `perennial` or `python`."""
        return [str(self._environment / "bin" / name), *arguments]

    def completed(self, name: str, *arguments: str, **environment: str) -> "CompletedProcess[str]":
        """Runs it to its end: what it said, and its exit code."""
        given = _environment(environment)
        command = self.command(name, *arguments)
        return subprocess.run(command, cwd=self.folder, env=given, capture_output=True, text=True, check=False)

    @contextmanager
    def running(self, *arguments: str, log: Path, **environment: str) -> Iterator["Popen[bytes]"]:
        """Runs `perennial <arguments>`, with just these settings; ends it with SIGTERM."""
        command, given = self.command("perennial", *arguments), _environment(environment)
        with log.open("ab") as output:
            process = subprocess.Popen(command, cwd=self.folder, stdout=output, stderr=output, env=given)
        try:
            yield process
        finally:
            stop(process)


def _run(*command: str) -> None:
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)


def _environment(given: dict[str, str]) -> dict[str, str]:
    """This machine's environment with these settings, and with nothing that leads to the repository."""
    ours = {"PYTHONPATH", "VIRTUAL_ENV"}
    return {**{name: value for name, value in clean_environment().items() if name not in ours}, **given}
