"""`python -m perennial.reencrypt`, as an operator runs it: counts, an exit code, and never a token."""

import subprocess
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from support.processes import forked
from support.stores.catalogs import Postgres, Sqlite

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


def reencrypt(database: Database, *keys: str) -> "subprocess.CompletedProcess[str]":
    return forked("-m", "perennial.reencrypt", **database.environment | {"PERENNIAL_TOKEN_KEYS": ",".join(keys)})


async def add(database: Database, owner: str, key: str) -> str:
    """An account of the owner's, with a token of the same name; what of it is kept."""
    token = Fernet(key).encrypt(f"token-of-{owner}".encode()).decode()
    await database.rows(INSERT.format(new_id(), owner, token))
    return token


async def kept(database: Database) -> dict[str, str]:
    return dict(await database.rows("SELECT clerk_user_id, encrypted_access_token FROM connected_accounts"))


async def test_the_old_key_can_be_taken_away_afterwards(migrated: Database) -> None:
    await add(migrated, "alice", OLD)
    bobs = await add(migrated, "bob", NEW)
    done = reencrypt(migrated, NEW, OLD)
    assert (done.returncode, done.stdout) == (0, SAID.format(1, 1, 0))
    assert [line for line in done.stderr.splitlines() if "database.pooler" not in line] == []
    found = await kept(migrated)
    assert Fernet(NEW).decrypt(found["alice"]) == b"token-of-alice"
    assert found["bob"] == bobs
    again = reencrypt(migrated, NEW)
    assert (again.returncode, again.stdout) == (0, SAID.format(0, 2, 0))
    assert await kept(migrated) == found


async def test_a_token_that_no_key_opens_is_an_exit_code_and_is_not_shown(migrated: Database) -> None:
    tokens = [await add(migrated, "alice", OLD), await add(migrated, "bob", LOST), await add(migrated, "carol", OLD)]
    done = reencrypt(migrated, NEW, OLD)
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
    assert "PERENNIAL_TOKEN_KEYS is missing" in refused(reencrypt(unused))


def test_a_key_that_is_none_is_not_shown(unused: Database) -> None:
    line = refused(reencrypt(unused, NEW, "hunter2"))
    assert "PERENNIAL_TOKEN_KEYS" in line
    assert not any(key in line for key in (NEW, "hunter2"))


def test_a_folder_in_use_is_left_alone(unused: Sqlite) -> None:
    with exclusive_folder(unused.file.parent):
        assert "PERENNIAL_VAR_DIR" in refused(reencrypt(unused, NEW))
    assert not unused.file.exists()


def test_a_database_that_is_away_is_one_line_without_its_password(tmp_path: Path) -> None:
    away = Postgres("postgres://perennial:hunter2@127.0.0.1:1/perennial")
    line = refused(reencrypt(away, NEW))
    assert "DATABASE_URL" in line
    assert "hunter2" not in line
