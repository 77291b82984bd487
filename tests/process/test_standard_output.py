"""What a command writes may find no room, or nobody who reads it; and an argument need not be text."""

import os
import subprocess
import sys

import pytest
from support.keeping.old_clones import write
from support.processes import ROOT, clean_environment
from support.stores.catalogs import Postgres, Sqlite

COMMANDS = {
    "export": ("export", "alice"),
    "forget": ("forget", "alice", "--yes"),
    "migrate": ("migrate",),
}


def full(*command: str | bytes, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Runs the command to its end, with a standard output that takes nothing."""
    given = {**clean_environment(), **environment}
    whole = [sys.executable, "-m", "perennial", *command]
    with open("/dev/full", "w") as device:
        return subprocess.run(whole, cwd=ROOT, env=given, stdout=device, stderr=subprocess.PIPE, text=True, check=False)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
async def test_a_full_disk_is_one_line_and_exit_code_one(migrated: Sqlite | Postgres, command: tuple[str, ...]) -> None:
    await write(migrated)
    done = full(*command, environment=migrated.environment)
    *_, line = done.stderr.splitlines()
    assert (done.returncode, line) == (1, f"perennial: standard output cannot be written: {os.strerror(28)}")
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("owner", [b"\xff", b"", b"a\nb", b"a" * 256], ids=repr)
@pytest.mark.parametrize("command", ["export", "forget"])
def test_an_owner_that_can_be_none_is_wrong_usage(migrated_sqlite: Sqlite, command: str, owner: bytes) -> None:
    done = full(command, owner, environment=migrated_sqlite.environment)
    assert done.returncode == 2
    assert done.stderr == (
        f"perennial: an owner's id has 1 to 255 printable characters; perennial {command} --help shows what there is\n"
    )
