"""What a command writes may find no room, or nobody who reads it; and an argument need not be text."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.keeping.old_clones import write
from support.processes import ROOT, clean_environment
from support.stores.catalogs import Postgres, Sqlite

COMMANDS = {
    "export": ("export", "alice"),
    "forget": ("forget", "alice", "--yes"),
    "migrate": ("migrate",),
}


def run(
    command: tuple[str | bytes, ...], environment: dict[str, str], *before: str, **given: Any
) -> "subprocess.CompletedProcess[str]":
    """Runs the command to its end, by way of a program that sees to its files."""
    whole = [*before, sys.executable, "-m", "perennial", *command]
    whole_environment = {**clean_environment(), **environment}
    return subprocess.run(
        whole, cwd=ROOT, env=whole_environment, stderr=subprocess.PIPE, encoding="utf-8", check=False, **given
    )


def full(*command: str | bytes, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Runs the command with a standard output that takes nothing."""
    with open("/dev/full", "w") as device:
        return run(command, environment, stdout=device)


def closed(redirection: str) -> tuple[str, ...]:
    """A shell that closes a file of the command that it becomes."""
    return ("sh", "-c", f'exec "$@" {redirection}', "sh")


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
async def test_a_full_disk_is_one_line_and_exit_code_one(migrated: Sqlite | Postgres, command: tuple[str, ...]) -> None:
    await write(migrated)
    done = full(*command, environment=migrated.environment)
    *_, line = done.stderr.splitlines()
    assert (done.returncode, line) == (1, f"perennial: standard output cannot be written: {os.strerror(28)}")
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
async def test_so_is_a_standard_output_that_is_closed(migrated: Sqlite | Postgres, command: tuple[str, ...]) -> None:
    await write(migrated)
    done = run(command, migrated.environment, *closed(">&-"))
    *_, line = done.stderr.splitlines()
    assert (done.returncode, line) == (1, "perennial: standard output cannot be written: it is closed")
    assert "Traceback" not in done.stderr


async def test_nothing_is_forgotten_if_nobody_can_be_told(migrated_sqlite: Sqlite) -> None:
    await write(migrated_sqlite)
    before = run(("export", "alice"), migrated_sqlite.environment, stdout=subprocess.PIPE).stdout
    run(("forget", "alice", "--yes"), migrated_sqlite.environment, *closed(">&-"))
    assert run(("export", "alice"), migrated_sqlite.environment, stdout=subprocess.PIPE).stdout == before != ""


async def test_whoever_has_read_enough_ends_an_export_without_a_word(migrated: Sqlite | Postgres) -> None:
    await write(migrated)
    reading, writing = os.pipe()
    os.close(reading)
    done = run(("export", "alice"), {**migrated.environment, "PERENNIAL_LOG_LEVEL": "WARNING"}, stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


NO_ANSWERS = {
    "no UTF-8": (b"\xff\xfe\n", ()),
    "nothing": (b"", ()),
    "an end in a character": (b"alice\xc3", ()),
    "no standard input": (None, closed("<&-")),
}


@pytest.mark.parametrize(("answer", "before"), NO_ANSWERS.values(), ids=NO_ANSWERS)
async def test_what_is_no_text_is_no_consent(
    migrated_sqlite: Sqlite, tmp_path: Path, answer: bytes | None, before: tuple[str, ...]
) -> None:
    await write(migrated_sqlite)
    typed = tmp_path / "typed"
    typed.write_bytes(answer or b"")
    # As in a locale of UTF-8; in that of C Python takes any bytes for text.
    environment = {**migrated_sqlite.environment, "PYTHONIOENCODING": "utf-8:strict"}
    with typed.open("rb") as stdin:
        done = run(("forget", "alice"), environment, *before, stdin=stdin, stdout=subprocess.PIPE)
    *_, line = done.stderr.splitlines()
    assert done.returncode == 1
    assert line.endswith("perennial: nothing was deleted; to be not asked, add --yes")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("owner", [b"\xff", b"", b"a\nb", b"a" * 256], ids=repr)
@pytest.mark.parametrize("command", ["export", "forget"])
def test_an_owner_that_can_be_none_is_wrong_usage(migrated_sqlite: Sqlite, command: str, owner: bytes) -> None:
    done = full(command, owner, environment=migrated_sqlite.environment)
    assert done.returncode == 2
    assert done.stderr == (
        f"perennial: an owner's id has 1 to 255 printable characters; perennial {command} --help shows what there is\n"
    )
