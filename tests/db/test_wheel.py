"""The wheel holds all that a process needs: it migrates a database with no repository around."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.processes import ROOT, clean_environment

ALL = sorted(path.name for path in (ROOT / "migrations" / "models").glob("*.py"))


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which a wheel of the present sources is unpacked, as an installer does it."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "installed")
    return folder / "installed"


def run(unpacked: Path, folder: Path, *command: str) -> str:
    """What `python <command>` prints in a folder of its own, with the wheel's modules before any others."""
    environment = clean_environment() | {"PYTHONPATH": str(unpacked), "PERENNIAL_VAR_DIR": str(folder / "var")}
    process = subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, text=True, capture_output=True, check=False
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


def test_the_wheel_carries_every_migration_as_it_is(unpacked):
    carried = unpacked / "perennial" / "db" / "migrations" / "models"
    assert ALL
    assert {path.name: path.read_bytes() for path in carried.iterdir()} == {
        name: (ROOT / "migrations" / "models" / name).read_bytes() for name in ALL
    }


def test_a_process_of_the_wheel_migrates_from_the_wheel(unpacked, tmp_path):
    found = run(unpacked, tmp_path, "-c", "from perennial.db import migrating; print(migrating.MIGRATIONS)")
    assert Path(found.strip()).is_relative_to(unpacked)
    assert run(unpacked, tmp_path, "-m", "perennial.migrate").splitlines() == [f"applied {name}" for name in ALL]
    assert run(unpacked, tmp_path, "-m", "perennial.migrate") == "the schema is up to date\n"
