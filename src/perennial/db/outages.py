"""Which errors are the database's or the network's, and no fault of the work that met them."""

import sqlite3

import asyncpg
from tortoise.exceptions import DBConnectionError

from perennial.core.errors import any_cause

_ASYNCPG_OUTAGES = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.exceptions.InternalClientError,  # whoever is next on a connection that has just broken
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
    """Whether the error is the database's or the network's, and no fault of the row that was being worked on."""
    return any_cause(error, _is_outage)


def outage_words(error: BaseException) -> str:
    """What to say of an outage to somebody who can do nothing but wait."""
    full = any_cause(error, lambda one: getattr(one, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL)
    full = full or any_cause(error, lambda one: isinstance(one, asyncpg.exceptions.DiskFullError))
    return "The database is full." if full else "The database is not available just now; try again in some seconds."


def _is_outage(error: BaseException) -> bool:
    if isinstance(error, sqlite3.OperationalError):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in _SQLITE_OUTAGES
    return isinstance(error, (*_ASYNCPG_OUTAGES, DBConnectionError, OSError, TimeoutError))
