"""The processes of an earlier commit, with its own sources, beside the present ones on one stage."""

import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from subprocess import Popen

import pytest

from support.http import client_of
from support.processes import ROOT, free_port, run
from support.production.stage import Stage

NO_GIT = "there is no git, or no history that reaches back to commit {commit}"


def sources_of(commit: str, folder: Path) -> Path:
    """What that commit had, without its tests, in the folder. Skips the test where git does not have the commit."""
    archive = ["git", "archive", commit, "src", "migrations", "server.py", "worker.py"]
    packed = None
    if shutil.which("git"):
        packed = subprocess.run(archive, cwd=ROOT, capture_output=True, check=False)
    if packed is None or packed.returncode:
        pytest.skip(NO_GIT.format(commit=commit[:7]))
    folder.mkdir()
    subprocess.run(["tar", "-x"], cwd=folder, input=packed.stdout, check=True)
    return folder


@dataclass(frozen=True)
class Documents:
    """What the clients of one version send. The variables are the same in every version, and `User.do` finds the id."""

    connect: str
    create_post: str
    schedule: str
    create_queue: str


@dataclass(frozen=True)
class Version:
    """The processes of one version: a stage of their own on the same database, Redis and platforms; and its clients'
    documents.
    """

    stage: Stage
    folder: Path
    documents: Documents

    async def start(self, **of_worker: str) -> tuple["Popen[bytes]", "Popen[bytes]"]:
        """A server and a worker, which are up; these settings are the worker's alone."""
        server = await self.stage.server((str(self.folder / "server.py"),))
        worker = replace(self.stage, environment={**self.stage.environment, **of_worker})
        return server, await worker.ready_worker((str(self.folder / "worker.py"),))

    def migrate(self) -> None:
        """Applies this version's migrations, as an operator does."""
        run("-m", "perennial.migrate", **self.stage.environment)

    def is_run_from(self) -> Path:
        """Where Python finds this version's code."""
        return Path(run("-c", "import perennial; print(perennial.__file__)", **self.stage.environment).strip())


@asynccontextmanager
async def earlier(stage: Stage, folder: Path, documents: Documents) -> AsyncIterator[Version]:
    """The version whose sources are in the folder, beside what else runs on the stage."""
    port = free_port()
    more = {"PYTHONPATH": str(folder / "src"), "PERENNIAL_PORT": str(port)}
    async with client_of(f"http://127.0.0.1:{port}") as http:
        yield Version(replace(stage, environment={**stage.environment, **more}, http=http), folder, documents)
