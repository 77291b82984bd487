"""Says in a sentence why a database does not let us work, and what to do: at the start, in /readyz and in the log.

The words of PostgreSQL itself name users, databases and parameters, but never a password.
"""

import errno
import re
import socket
import sqlite3
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import asyncpg
from asyncpg.exceptions import InternalClientError

from perennial.core.errors import MigrationError, SettingsError
from perennial.db.outages import any_cause, chain
from perennial.settings import Settings
from perennial.settings.database_url import read_database_url

_PASSWORD = "the password is refused{said}; correct the user or the password"  # noqa: S105 (words)
_NO_PASSWORD = "it wants a password{said}; put it into DATABASE_URL"  # noqa: S105 (words)
_NO_DATABASE = "there is no such database{said}; create it, or correct its name"
# The first row that fits says what is wrong, and what to do: the error's class, and what is in its words, as poolers
# give one code to all that they refuse. {said}: the words of the server, or of the library; {reason}: the same, where
# they name nobody and no place.
_CAUSES: list[tuple[type[BaseException], str, str]] = [
    (asyncpg.PostgresError, "^DATABASE_URL has no password", _NO_PASSWORD),
    (asyncpg.InvalidPasswordError, "", _PASSWORD),
    (
        asyncpg.InvalidAuthorizationSpecificationError,
        "",
        "access is refused{said}; correct the user or sslmode, or the server's pg_hba.conf",
    ),
    (asyncpg.InvalidCatalogNameError, "", _NO_DATABASE),
    (
        asyncpg.InsufficientPrivilegeError,
        "",
        "the role lacks a right{said}; grant it, or make the role the owner of the database and its tables",
    ),
    (
        asyncpg.TooManyConnectionsError,
        "",
        "it has too many connections{said}; raise its limit, or lower PERENNIAL_DATABASE_POOL_SIZE",
    ),
    (asyncpg.CannotConnectNowError, "", "it lets nobody in just now{said}; try again when it does"),
    (
        asyncpg.ReadOnlySQLTransactionError,
        "",
        "it takes no writes: it is read-only ({reason}); name the primary, or all hosts and "
        "target_session_attrs=read-write",
    ),
    (asyncpg.ProtocolViolationError, r"authentication failed|no such user|^role .* does not exist", _PASSWORD),
    (asyncpg.ProtocolViolationError, r"no such database|^database .* does not exist", _NO_DATABASE),
    (
        asyncpg.ProtocolViolationError,
        "",
        "it does not take the connection{said}; correct DATABASE_URL, or what the pooler lets pass",
    ),
    (asyncpg.PostgresConnectionError, "", "it breaks the connection off{said}; its own log says why"),
    (asyncpg.PostgresError, "", "it refuses what was asked{said}"),
    (asyncpg.ClientConfigurationError, "", "an option cannot be used{said}; correct it"),
    (asyncpg.TargetServerAttributeNotMatched, "", "it is not what target_session_attrs asks for{said}"),
    (ssl.SSLError, "", "TLS fails{said}; correct sslmode, or the certificates"),
    (socket.gaierror, "", "the host's name cannot be resolved{said}; correct it, or mend the DNS"),
    (UnicodeError, "", "the host's name is impossible; correct it"),
    (ConnectionRefusedError, "", "nobody listens there; start the database, or correct host and port"),
    (
        ConnectionError,
        "rejected SSL upgrade",
        "it speaks no TLS, which sslmode asks for; switch TLS on in the server (ssl = on), or let sslmode be prefer",
    ),
    (ConnectionError, "connection_lost|during TLS", "it breaks the connection off{said}; its own log says why"),
    (TimeoutError, "", "it does not answer in time; start the database, or see whether a firewall is in between"),
    (sqlite3.DatabaseError, "", "SQLite refuses it{said}; make the folder writable, or put back a backup"),
    (OSError, "", "it cannot be opened{said}; start it, or correct its address"),
    (Exception, "", "the driver cannot use it{said}"),
]
_KINDS = (OSError, UnicodeError, asyncpg.PostgresError, asyncpg.InterfaceError, InternalClientError, sqlite3.Error)
_OF_MIGRATIONS = (
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
)
_NOBODY = f"[Errno {errno.ECONNREFUSED}]"


def is_refusal(error: BaseException) -> bool:
    """Whether the error, or what it was raised from, is the database's, its driver's or the network's."""
    return any_cause(error, lambda one: isinstance(one, _KINDS))


def is_refusal_of_migration(error: BaseException) -> bool:
    """Whether a migration met it because it may not do its work, or has no room for it. Else it is the migration's."""
    faults = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, None)
    return any_cause(
        error,
        lambda one: (
            isinstance(one, _OF_MIGRATIONS)
            or (isinstance(one, sqlite3.Error) and getattr(one, "sqlite_errorcode", None) not in faults)
        ),
    )


def cause(error: BaseException, *, told_to_anybody: bool = False) -> str:
    """What is wrong and what to do, in one line: `nobody listens there; start the database, or …`.

    What is told to anybody is without the words of the server, which name users, databases and addresses.
    """
    found = next((one for one in chain(error) if isinstance(one, _KINDS)), error)
    if isinstance(found, OSError) and found.errno is None and _NOBODY in str(found):  # of all addresses of a host
        found = ConnectionRefusedError()
    said = _said(found)
    words = next(words for kind, part, words in _CAUSES if isinstance(found, kind) and re.search(part, said))
    return words.format(said="" if told_to_anybody else f" ({said})", reason=said)


def _said(error: BaseException) -> str:
    """The first line of what the error says: later ones are details and hints of the server's."""
    text = error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else str(error)
    return text.partition("\n")[0].strip().rstrip(".") or type(error).__name__


def place(settings: Settings) -> str:
    """The configured database with its variable, without its password: `DATABASE_URL: db.example:5432/perennial`."""
    if settings.database_url is None:
        return f"PERENNIAL_VAR_DIR: the database in {settings.var_dir}"
    return f"DATABASE_URL: {read_database_url(settings.database_url.get_secret_value()).address}"


@contextmanager
def naming(settings: Settings, is_refusal: Callable[[BaseException], bool] = is_refusal) -> Iterator[None]:
    """Puts the database's name before what is wrong with it.

    What it refuses inside the block becomes a SettingsError: one line with place, cause and what to do.
    """
    try:
        yield
    except (SettingsError, MigrationError) as error:
        raise type(error)(f"{place(settings)}: {error}") from error
    except Exception as error:
        if not is_refusal(error):
            raise
        raise SettingsError(f"{place(settings)}: {cause(error)}") from error
