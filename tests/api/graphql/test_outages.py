"""What is told of an outage: to ask again, and after how long, or that it may have been done; of a bug, nothing."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import pytest
import structlog
from support.api import CREATE_POST, User
from tortoise import Tortoise
from tortoise.exceptions import DBConnectionError, OperationalError

from perennial.api.graphql.posts import listing
from perennial.core.errors import Conflict
from perennial.db.pool.faults import NoFreeConnection

AWAY = "The database is not available just now; try again in some seconds."
FULL = "The database is full."
MASKED = "Something went wrong on our side."
CROSSED = "Another request was in the way, and nothing was done; try again."
SLOW = "The database took too long, and nothing was done; try again in some seconds."
BUSY = "This server waits for its database as often as it may; try again in some seconds."
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


# The error, and what its caller is told: the message, and after how many seconds to ask again.
TOLD = [
    (asyncpg.DiskFullError(SECRET), FULL, 60),
    (of_sqlite(sqlite3.SQLITE_FULL), FULL, 60),
    (caused_by(of_sqlite(sqlite3.SQLITE_FULL)), FULL, 60),
    (caused_by(asyncpg.DiskFullError(SECRET)), FULL, 60),
    (asyncpg.DeadlockDetectedError(SECRET), CROSSED, 1),
    (asyncpg.SerializationError(SECRET), CROSSED, 1),
    (caused_by(asyncpg.LockNotAvailableError(SECRET)), CROSSED, 1),
    (asyncpg.QueryCanceledError(SECRET), SLOW, 5),
    (NoFreeConnection(SECRET), BUSY, 2),
    (asyncpg.InvalidPasswordError(SECRET), AWAY, 30),
    (asyncpg.InvalidCatalogNameError(SECRET), AWAY, 30),
    (asyncpg.CannotConnectNowError(SECRET), AWAY, 5),
    (asyncpg.AdminShutdownError(SECRET), AWAY, 5),
    (asyncpg.TooManyConnectionsError(SECRET), AWAY, 5),
    (asyncpg.ReadOnlySQLTransactionError(SECRET), AWAY, 5),
    (asyncpg.InterfaceError(SECRET), AWAY, 5),
    (DBConnectionError(SECRET), AWAY, 5),
    (ConnectionRefusedError(SECRET), AWAY, 5),
    (TimeoutError(SECRET), AWAY, 5),
    (of_sqlite(sqlite3.SQLITE_BUSY), AWAY, 5),
    (of_sqlite(sqlite3.SQLITE_IOERR_WRITE), AWAY, 5),
    (caused_by(of_sqlite(sqlite3.SQLITE_READONLY)), AWAY, 5),
]
BUGS = [
    ValueError(SECRET),
    OperationalError(SECRET),
    of_sqlite(sqlite3.SQLITE_ERROR),
    sqlite3.OperationalError(SECRET),
    asyncpg.UndefinedTableError(SECRET),
    asyncpg.UniqueViolationError(SECRET),
    asyncpg.exceptions.DataError(SECRET),
]


@pytest.fixture
def fails(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    """Lets the listing of posts raise the error."""

    def let_fail(error: Exception) -> None:
        async def fail(*_: object, **__: object) -> Any:
            raise error

        monkeypatch.setattr(listing, "list_posts", fail)

    return let_fail


async def told_of(alice: User, event: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The error of the answer, and the line of this event in the log, which goes by the same id."""
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as log:
        answer = await alice.execute(QUERY)
    [told] = answer["errors"]
    assert SECRET not in str(answer)
    [line] = [line for line in log if line["event"] == event]
    assert line["request"] == told["extensions"].pop("requestId")
    return told, line


@pytest.mark.one_dialect
@pytest.mark.parametrize(("error", "words", "seconds"), TOLD, ids=repr)
async def test_an_outage_is_told_with_the_time_to_wait(
    alice: User, fails: Callable[[Exception], None], error: Exception, words: str, seconds: int
) -> None:
    fails(error)
    told, line = await told_of(alice, "graphql.unavailable")
    assert (told["message"], told["extensions"]) == (words, {"code": "UNAVAILABLE", "retryAfter": seconds})
    assert (line["log_level"], type(error).__name__ in line["error"]) == ("warning", True)


@pytest.mark.one_dialect
@pytest.mark.parametrize("error", BUGS, ids=repr)
async def test_a_bug_is_told_as_one(alice: User, fails: Callable[[Exception], None], error: Exception) -> None:
    fails(error)
    told, line = await told_of(alice, "graphql.failed")
    assert (told["message"], told["extensions"]) == (MASKED, {"code": "INTERNAL_SERVER_ERROR"})
    assert line["log_level"] == "error"


@pytest.mark.one_dialect
async def test_a_refusal_that_comes_of_an_outage_stays_what_it_is(
    alice: User, fails: Callable[[Exception], None]
) -> None:
    """A platform that could not be reached, for example."""
    refusal = Conflict("X cannot be asked.")
    refusal.__cause__ = ConnectionRefusedError(SECRET)
    fails(refusal)
    assert (await alice.refused(QUERY)).code == "CONFLICT"


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
    assert (told["message"], told["extensions"]["code"]) == (FULL, "UNAVAILABLE")
    found = await alice.do("{ posts(first: 100) { nodes { publications { content } } } }")
    assert all(post["publications"] == [{"content": content}] for post in found["nodes"])
