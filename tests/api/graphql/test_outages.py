"""What a caller is told while the database is away: to wait, or that it is full; of a bug, nothing at all."""

import sqlite3
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import structlog
from support.api import CREATE_POST, User
from tortoise import Tortoise
from tortoise.exceptions import DBConnectionError, OperationalError

from perennial.api.graphql.posts import loading

AWAY = "The database is not available just now; try again in some seconds."
FULL = "The database is full."
MASKED = "Something went wrong on our side."
SECRET = "hunter2"
QUERY = "{ posts { nodes { id } } }"


def of_sqlite(code: int) -> Exception:
    error = sqlite3.OperationalError(SECRET)
    error.sqlite_errorcode = code
    return error


def caused_by(cause: Exception) -> Exception:
    """As the ORM and its drivers wrap each other's errors."""
    error = OperationalError(SECRET)
    error.__cause__ = cause
    return error


WORDS = [
    (asyncpg.DiskFullError(SECRET), FULL),
    (of_sqlite(sqlite3.SQLITE_FULL), FULL),
    (caused_by(of_sqlite(sqlite3.SQLITE_FULL)), FULL),
    (caused_by(asyncpg.DiskFullError(SECRET)), FULL),
    (asyncpg.CannotConnectNowError(SECRET), AWAY),
    (asyncpg.AdminShutdownError(SECRET), AWAY),
    (asyncpg.TooManyConnectionsError(SECRET), AWAY),
    (asyncpg.ReadOnlySQLTransactionError(SECRET), AWAY),
    (DBConnectionError(SECRET), AWAY),
    (ConnectionRefusedError(SECRET), AWAY),
    (TimeoutError(SECRET), AWAY),
    (of_sqlite(sqlite3.SQLITE_BUSY), AWAY),
    (of_sqlite(sqlite3.SQLITE_IOERR_WRITE), AWAY),
    (caused_by(of_sqlite(sqlite3.SQLITE_READONLY)), AWAY),
    (ValueError(SECRET), MASKED),
    (OperationalError(SECRET), MASKED),
    (of_sqlite(sqlite3.SQLITE_ERROR), MASKED),
    (sqlite3.OperationalError(SECRET), MASKED),
    (asyncpg.UndefinedTableError(SECRET), MASKED),
    (asyncpg.UniqueViolationError(SECRET), MASKED),
]


@pytest.mark.one_dialect
@pytest.mark.parametrize(("error", "words"), WORDS, ids=repr)
async def test_the_words_of_an_outage_and_of_a_bug(
    alice: User, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    async def fails(*_: object) -> Any:
        raise error

    monkeypatch.setattr(loading, "list_posts", fails)
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as log:
        answer = await alice.execute(QUERY)
    [told] = answer["errors"]
    assert (told["message"], told["extensions"]["code"]) == (words, "INTERNAL_SERVER_ERROR")
    assert told["extensions"].keys() == {"code", "requestId"}
    assert SECRET not in str(answer)
    [line] = [line for line in log if line["event"] == "graphql.failed"]
    assert line["request"] == told["extensions"]["requestId"]


@pytest.fixture
async def full(http: Any) -> AsyncIterator[None]:
    """A file that does not grow."""
    connection = Tortoise.get_connection("default")
    [pages] = await connection.execute_query_dict("PRAGMA page_count")
    await connection.execute_query(f"PRAGMA max_page_count = {pages['page_count']}")
    yield
    await connection.execute_query("PRAGMA max_page_count = 1073741823")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_mutation_on_a_full_file_says_so_and_reading_goes_on(alice: User, full: None) -> None:
    content = "\n".join(["A long text."] * 200)
    given = {"publications": [{"platform": "LINKEDIN", "content": content}]}
    for _ in range(1000):
        answer = await alice.execute(CREATE_POST, input=given)
        if "errors" in answer:
            break
    [told] = answer["errors"]
    assert (told["message"], told["extensions"]["code"]) == (FULL, "INTERNAL_SERVER_ERROR")
    found = await alice.do("{ posts(first: 100) { nodes { publications { content } } } }")
    assert all(post["publications"] == [{"content": content}] for post in found["nodes"])
