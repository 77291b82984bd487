"""`python -m perennial.reencrypt`, as an operator runs it: counts, an exit code, and never a token."""

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from support.catalogs import Postgres, Sqlite, new_postgres
from support.processes import ROOT, clean_environment

from perennial.core.ids import new_id
from perennial.db.folder_lock import exclusive_folder

Database = Sqlite | Postgres
NEW, OLD, LOST = (Fernet.generate_key().decode() for _ in range(3))
SAID = "{} re-encrypted\n{} already with the first key\n{} readable with none of the keys\n"
INSERT = """
    INSERT INTO connected_accounts (id, clerk_user_id, platform, account_id, encrypted_access_token, connected_time,
                                    status)
    VALUES ('{}', '{}', 'x', '7', '{}', '2026-11-23 12:00:00+00:00', 'active') RETURNING id
"""


def run(database: Database, module: str, *keys: str, **more: str) -> "subprocess.CompletedProcess[str]":
    environment = clean_environment() | database.environment | {"PERENNIAL_TOKEN_KEYS": ",".join(keys)} | more
    command = [sys.executable, "-m", f"perennial.{module}"]
    return subprocess.run(command, cwd=ROOT, env=environment, text=True, capture_output=True, check=False)


async def add(database: Database, owner: str, key: str) -> str:
    """An account of the owner's, with a token of the same name; what of it is kept."""
    token = Fernet(key).encrypt(f"token-of-{owner}".encode()).decode()
    await database.rows(INSERT.format(new_id(), owner, token))
    return token


async def kept(database: Database) -> dict[str, str]:
    return dict(await database.rows("SELECT clerk_user_id, encrypted_access_token FROM connected_accounts"))


@pytest.fixture(params=["sqlite", "postgres"])
async def migrated(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """A database without an account, on one dialect and on the other."""
    if request.param == "sqlite":
        database: Database = Sqlite(tmp_path)
    else:
        database = Postgres(await new_postgres(request.getfixturevalue("postgres_url"), "reencrypted"))
    assert run(database, "migrate", OLD).returncode == 0
    return database


async def test_the_old_key_can_be_taken_away_afterwards(migrated: Database) -> None:
    await add(migrated, "alice", OLD)
    bobs = await add(migrated, "bob", NEW)
    done = run(migrated, "reencrypt", NEW, OLD)
    assert (done.returncode, done.stdout, done.stderr) == (0, SAID.format(1, 1, 0), "")
    found = await kept(migrated)
    assert Fernet(NEW).decrypt(found["alice"]) == b"token-of-alice"
    assert found["bob"] == bobs
    again = run(migrated, "reencrypt", NEW)
    assert (again.returncode, again.stdout) == (0, SAID.format(0, 2, 0))
    assert await kept(migrated) == found


async def test_a_token_that_no_key_opens_is_an_exit_code_and_is_not_shown(migrated: Database) -> None:
    tokens = [await add(migrated, "alice", OLD), await add(migrated, "bob", LOST), await add(migrated, "carol", OLD)]
    done = run(migrated, "reencrypt", NEW, OLD)
    assert (done.returncode, done.stdout) == (1, SAID.format(2, 0, 1))
    found = await kept(migrated)
    assert found["bob"] == tokens[1]
    assert Fernet(NEW).decrypt(found["carol"]) == b"token-of-carol"
    said = done.stdout + done.stderr
    assert not any(secret in said for secret in ("token-of", NEW, OLD, *tokens, *found.values()))


@pytest.fixture
def unused(tmp_path: Path) -> Database:
    return Sqlite(tmp_path)


def refused(done: "subprocess.CompletedProcess[str]") -> str:
    (line,) = done.stderr.splitlines()
    assert (done.returncode, done.stdout, line[:11]) == (1, "", "perennial: ")
    return line


def test_without_a_key_it_refuses(unused: Database) -> None:
    assert "PERENNIAL_TOKEN_KEYS is missing" in refused(run(unused, "reencrypt"))


def test_a_key_that_is_none_is_not_shown(unused: Database) -> None:
    line = refused(run(unused, "reencrypt", NEW, "hunter2"))
    assert "PERENNIAL_TOKEN_KEYS" in line
    assert not any(key in line for key in (NEW, "hunter2"))


def test_a_folder_in_use_is_left_alone(unused: Sqlite) -> None:
    with exclusive_folder(unused.file.parent):
        assert "PERENNIAL_VAR_DIR" in refused(run(unused, "reencrypt", NEW))
    assert not unused.file.exists()


def test_a_database_that_is_away_is_one_line_without_its_password(tmp_path: Path) -> None:
    away = Postgres("postgres://perennial:hunter2@127.0.0.1:1/perennial")
    line = refused(run(away, "reencrypt", NEW))
    assert "DATABASE_URL" in line
    assert "hunter2" not in line
