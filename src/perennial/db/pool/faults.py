"""Which errors belong to a connection to PostgreSQL, rather than to the statement that met them."""

import asyncpg
from asyncpg import exceptions


class NoFreeConnection(TimeoutError):
    """All connections of the pool were in use for as long as one waits for them."""


_OF_CONNECTION = (
    asyncpg.PostgresConnectionError,  # class 08: closed in the middle of a statement, or refused by a pooler
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.DatabaseDroppedError,
    asyncpg.IdleSessionTimeoutError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    exceptions.TransactionTimeoutError,
    asyncpg.InvalidSQLStatementNameError,  # the session does not have the statements that the driver prepared
    asyncpg.DuplicatePreparedStatementError,
    asyncpg.ReadOnlySQLTransactionError,  # a standby, or a server that was demoted while our sessions stayed open
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a broken protocol
    ConnectionError,
)


def ends_connection(error: BaseException) -> bool:
    """Whether the connection that met the error is of no use any more.

    The error itself or its cause says so, because the ORM wraps what it raises. What was being handled meanwhile was
    another's.
    """
    return any(isinstance(one, _OF_CONNECTION) and not _is_of_value(one) for one in _with_cause(error))


def was_refused(error: BaseException) -> bool:
    """Whether the server has answered a COMMIT by rolling it back. A session that it ends may have been committed."""
    return isinstance(error, asyncpg.PostgresError) and not ends_connection(error)


def is_read_only(error: BaseException) -> bool:
    """Whether the error, or its cause, is that the session may not write."""
    return any(isinstance(one, asyncpg.ReadOnlySQLTransactionError) for one in _with_cause(error))


def _with_cause(error: BaseException) -> tuple[BaseException | None, ...]:
    return error, error.__cause__


def _is_of_value(error: BaseException) -> bool:
    """Whether a value has the wrong type, which is an InterfaceError of asyncpg's too."""
    return isinstance(error, ValueError)
