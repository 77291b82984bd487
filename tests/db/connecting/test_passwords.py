"""Where a password is looked for is told if none is given, whoever asks for it: the server, or a pooler before it."""

from pathlib import Path

import asyncpg
import pytest

from perennial.db.connecting.passwords import none_given
from perennial.db.starting.refusals import cause
from perennial.settings.database_url import read_database_url

WANTS_ONE = [
    asyncpg.InvalidPasswordError('password authentication failed for user "app"'),
    asyncpg.InvalidPasswordError("empty password returned by client"),
    asyncpg.ProtocolViolationError("SASL authentication failed"),  # PgBouncer's
    asyncpg.ProtocolViolationError("password authentication failed"),
]
WANTS_SOMETHING_ELSE = [
    asyncpg.ProtocolViolationError("no such user: app"),
    asyncpg.InvalidAuthorizationSpecificationError('no pg_hba.conf entry for host "10.0.0.1"'),
    asyncpg.TooManyConnectionsError("sorry, too many clients already"),
]


@pytest.fixture(autouse=True)
def _nobody_gives_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("PGPASSWORD", "PGPASSFILE"):
        monkeypatch.delenv(name, raising=False)


def told(error: asyncpg.PostgresError, url: str = "postgres://app@h/name") -> str | None:
    return none_given(error, read_database_url(url))


@pytest.mark.parametrize("error", WANTS_ONE, ids=str)
def test_where_none_is_given_its_places_are_told(error: asyncpg.PostgresError) -> None:
    words = told(error)
    assert words == "DATABASE_URL has no password, PGPASSWORD is not set, and there is no passfile"
    assert cause(type(error)(words)) == f"it wants a password ({words}); put it into DATABASE_URL"
    assert cause(type(error)(words), told_to_anybody=True) == "it wants a password; put it into DATABASE_URL"


@pytest.mark.parametrize("error", WANTS_ONE, ids=str)
def test_one_that_is_given_is_called_wrong(error: asyncpg.PostgresError, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(error, "postgres://app:hunter2@h/name") is None
    assert told(error, "postgres://app@h/name?password=hunter2") is None
    monkeypatch.setenv("PGPASSWORD", "hunter2")
    assert told(error) is None


@pytest.mark.parametrize("error", WANTS_SOMETHING_ELSE, ids=str)
def test_what_is_about_no_password_is_left_alone(error: asyncpg.PostgresError) -> None:
    assert told(error) is None


def test_a_file_that_the_driver_passes_over_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / ".pgpass"
    file.write_text("h:5432:name:app:hunter2")
    file.chmod(0o640)
    assert "~/.pgpass is passed over" in (told(WANTS_ONE[0]) or "")
    monkeypatch.setenv("PGPASSFILE", str(file))
    assert "PGPASSFILE is passed over" in (told(WANTS_ONE[0]) or "")
    file.chmod(0o600)
    assert "PGPASSFILE has none for this host, port, database and user, or not the right" in (told(WANTS_ONE[0]) or "")
    monkeypatch.setenv("PGPASSFILE", "/nowhere")
    assert "PGPASSFILE names no file that can be read" in (told(WANTS_ONE[0]) or "")
    assert "the passfile has none" in (told(WANTS_ONE[0], f"postgres://app@h/name?passfile={file}") or "")
