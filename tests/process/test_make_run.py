"""`make run` on a fresh clone: it says what it is doing while it does it, and a failure is not hidden by that.

pip, npm and the server are stand-ins here, which print what the real ones print.
"""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from support.processes import ROOT, clean_environment

PYTHON = """#!/bin/sh
case "$*" in
    "-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
    *"-r requirements.txt"*)
        echo "WARNING: a mirror is slow" >&2
        for number in $(seq 25); do echo "Collecting package-$number==1.0"; echo "  Downloading it"; done
        [ -z "$PIP_FAILS" ] || { printf 'ERROR: no such package\\n  in any mirror\\n' >&2; exit 1; }
        echo "Installing collected packages: all of them" ;;
    server.py) echo "Perennial is ready" ;;
esac
"""
NPM = """#!/bin/sh
case "$1" in
    ci) for number in $(seq 60); do echo "npm http fetch GET 200 host/package-$number.tgz 3ms" >&2; done
        [ -z "$NPM_FAILS" ] || { echo "npm error no such package" >&2; exit 1; }
        mkdir -p node_modules && touch node_modules/.package-lock.json ;;
    run) mkdir -p ../src/perennial/api/explorer/built && touch ../src/perennial/api/explorer/built/index.html ;;
esac
"""
LOCK = '{"packages": {\n    "node_modules/one": {\n    },\n    "node_modules/one/node_modules/two": {\n    }\n}}\n'
FIRST_RUN = """\
Creating the environment .venv with {python}.
Installing 3 pinned packages; once, it takes about half a minute.
  5 of 3
  10 of 3
  15 of 3
  20 of 3
  25 of 3
  Unpacking them
Installing Perennial itself.
Installing 2 npm packages for the explorer; once, it takes about half a minute.
  25 of 2
  50 of 2
Building the explorer.
Starting Perennial.
Perennial is ready
"""

Make = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Runs make in a folder as a fresh clone leaves it, with stand-ins for Python and npm."""
    if not shutil.which("make"):
        pytest.skip("there is no make")
    clone, programs = tmp_path / "clone", tmp_path / "bin"
    for folder in (clone / "explorer", programs):
        folder.mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", clone)
    (clone / "pyproject.toml").touch()
    (clone / "requirements.txt").write_text("one==1 \\\n    --hash=a\ntwo==2\nthree==3\n")
    (clone / "explorer/package-lock.json").write_text(LOCK)
    (clone / "explorer/.npmrc").touch()
    for name, text in (("python", PYTHON), ("npm", NPM)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)

    def run(target: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        known = {name: value for name, value in clean_environment().items() if not name.startswith("MAKE")}
        path = {"PATH": f"{programs}:{known['PATH']}"}
        command = ["make", f"PYTHON={programs / 'python'}", target]
        return subprocess.run(
            command, check=False, cwd=clone, env={**known, **path, **environment}, capture_output=True, text=True
        )

    return run


def test_the_first_run_says_what_it_does_and_each_later_one_that_it_starts(make: Make, tmp_path: Path) -> None:
    first = make("run")
    assert first.stdout == FIRST_RUN.format(python=tmp_path / "bin/python")
    assert (first.stderr, first.returncode) == ("", 0)
    assert make("run").stdout == "Starting Perennial.\nPerennial is ready\n"


def test_a_failure_of_pip_ends_it_with_pips_own_words(make: Make) -> None:
    done = make("run", PIP_FAILS="1")
    assert done.returncode != 0
    assert "ERROR: no such package\n  in any mirror\n" in done.stderr
    assert "mirror is slow" not in done.stderr
    assert "Starting" not in done.stdout


def test_without_an_explorer_it_says_so_and_starts_all_the_same(make: Make) -> None:
    done = make("run", NPM_FAILS="1")
    assert "npm error no such package" in done.stderr
    assert "The explorer could not be built" in done.stderr
    assert done.stdout.endswith("Starting Perennial.\nPerennial is ready\n")
