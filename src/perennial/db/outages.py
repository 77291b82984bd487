"""Which errors are outages of the database or the network, rather than faults of the work that met them."""

import sqlite3
from collections.abc import Callable

import asyncpg
from tortoise.exceptions import DBConnectionError

_ASYNCPG_OUTAGES = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.exceptions.InternalClientError,  # the next statement on a connection that has just broken
    asyncpg.exceptions.TransactionRollbackError,  # deadlocks and serialization failures
    asyncpg.exceptions.OperatorInterventionError,  # shutting down, starting up, query cancelled
    asyncpg.exceptions.InsufficientResourcesError,  # disk full, too many connections
    asyncpg.exceptions.ObjectNotInPrerequisiteStateError,  # lock not available
    asyncpg.exceptions.PostgresSystemError,
    asyncpg.exceptions.ReadOnlySQLTransactionError,  # a standby after a failover
)


_SQLITE_OUTAGES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_NOMEM,
}


def is_outage(error: BaseException) -> bool:
    """Whether the error, or a cause of it, is an outage of the database or the network."""
    return any_cause(error, _is_outage)


def is_contention(error: BaseException) -> bool:
    """Whether the error, or a cause of it, is that other work was in the way: a deadlock, a lock that is not to be had.

    Each is an outage, but one of the rows that were to be locked, which says nothing of others.
    """
    types = (asyncpg.exceptions.TransactionRollbackError, asyncpg.LockNotAvailableError)
    return any_cause(error, lambda one: isinstance(one, types))


def concerns_all(error: BaseException) -> bool:
    """Whether the error would meet every row: the database is away. A lock concerns those whose rows are held."""
    return is_outage(error) and not is_contention(error)


def is_full(error: BaseException) -> bool:
    """Whether the error, or a cause of it, is that the database has no more room."""
    full = any_cause(error, lambda one: getattr(one, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL)
    return full or any_cause(error, lambda one: isinstance(one, asyncpg.exceptions.DiskFullError))


def outage_message(error: BaseException) -> str:
    """The message about an outage for callers, who can only wait."""
    if is_full(error):
        return "The database is full."
    return "The database is not available just now; try again in some seconds."


def _is_outage(error: BaseException) -> bool:
    if isinstance(error, sqlite3.OperationalError):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in _SQLITE_OUTAGES
    return isinstance(error, (*_ASYNCPG_OUTAGES, DBConnectionError, OSError, TimeoutError))


def chain(error: BaseException) -> list[BaseException]:
    """The error and everything it was raised from, or while it was handled, outermost first."""
    found: list[BaseException] = []
    step: BaseException | None = error
    while step is not None and step not in found:
        found.append(step)
        step = step.__cause__ or (None if step.__suppress_context__ else step.__context__)
    return found


def any_cause(error: BaseException, test: Callable[[BaseException], bool]) -> bool:
    """Whether the error, or anything it was raised from, passes the test."""
    return any(test(step) for step in chain(error))
