"""Backups as an operator makes and restores them, with PostgreSQL's own programs, and the SQL of docs/backups.md."""

import re
import subprocess
import textwrap
from pathlib import Path

import pytest

from support.processes import ROOT, clean_environment
from support.stores.postgres import installed_binaries

PAGE = ROOT / "docs/backups.md"


def program(name: str) -> Path:
    """Where pg_dump, pg_restore or psql is. Skips the test where it is not installed."""
    folder = installed_binaries()
    if folder is None or not (folder / name).exists():
        pytest.skip(f"no PostgreSQL: {name} is not installed")
    return folder / name


def dump(url: str, file: Path) -> None:
    """Makes a backup of the database."""
    _run("pg_dump", "--format=custom", f"--file={file}", url)


def restore(file: Path, url: str) -> None:
    """Restores it into an empty database."""
    _run("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={url}", str(file))


def psql(url: str, sql: str, **variables: str) -> str:
    """Runs the statements as a file with these variables; returns what psql prints."""
    given = [part for name, value in variables.items() for part in ("-v", f"{name}={value}")]
    return _run("psql", "--no-psqlrc", "-v", "ON_ERROR_STOP=1", *given, "-f", "-", url, said=sql)


def sql_of(heading: str) -> list[str]:
    """The blocks of SQL that stand below this heading of the page."""
    section = re.split(r"^## ", PAGE.read_text().partition(f"\n## {heading}\n")[2], flags=re.MULTILINE)[0]
    found = re.findall(r"^ *```sql\n(.*?)^ *```$", section, re.MULTILINE | re.DOTALL)
    assert found, heading
    return [textwrap.dedent(block) for block in found]


def _run(name: str, *arguments: str, said: str = "") -> str:
    command = [str(program(name)), *arguments]
    done = subprocess.run(command, input=said, capture_output=True, text=True, env=clean_environment(), check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
