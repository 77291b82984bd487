"""Which errors belong to a connection to PostgreSQL, rather than to the statement that met them."""

from enum import StrEnum

import asyncpg
from asyncpg import exceptions

from perennial.db.outages import chain


class Fault(StrEnum):
    """How much of the pool an error puts an end to."""

    NONE = "none"
    CONNECTION = "connection"  # the one that met it
    SERVER = "server"  # that one, and all others that are open: they lead to the same server
    READ_ONLY = "read-only"  # the same; a new one may be read-only too

    @property
    def ends_connection(self) -> bool:
        """Whether the connection is of no use any more."""
        return self is not Fault.NONE


_OF_SERVER = (
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.DatabaseDroppedError,
    asyncpg.PostgresConnectionError,  # class 08: closed in the middle of a statement, or refused by a pooler
)
_OF_CONNECTION = (
    asyncpg.IdleSessionTimeoutError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    exceptions.TransactionTimeoutError,
    asyncpg.InvalidSQLStatementNameError,  # the session does not have the statements that the driver prepared
    asyncpg.DuplicatePreparedStatementError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a broken protocol
    ConnectionError,
)


def fault_of(error: BaseException) -> Fault:
    """What the error, or a cause of it, puts an end to."""
    causes = chain(error)
    # A standby, or a server that was demoted while our sessions stayed open.
    if any(isinstance(cause, asyncpg.ReadOnlySQLTransactionError) for cause in causes):
        return Fault.READ_ONLY
    if any(isinstance(cause, _OF_SERVER) for cause in causes):
        return Fault.SERVER
    if any(_is_of_connection(cause) for cause in causes):
        return Fault.CONNECTION
    return Fault.NONE


def _is_of_connection(error: BaseException) -> bool:
    """Whether it is the connection's. A value of the wrong type is an InterfaceError of asyncpg's, and a ValueError."""
    return isinstance(error, _OF_CONNECTION) and not isinstance(error, ValueError)
