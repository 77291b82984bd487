"""Says in a sentence why a database does not let us work, and what to do about it, without a secret.

The words of PostgreSQL itself name users, databases and parameters, but never a password.
"""

import errno
import socket
import sqlite3
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from asyncpg.exceptions import InternalClientError

from perennial.core.errors import PerennialError, SettingsError
from perennial.db.outages import chain
from perennial.settings import Settings
from perennial.settings.database_url import read_database_url

# The first row that fits says what is wrong, and what to do. {said}: the words of the server, or of the library.
_CAUSES: list[tuple[type[BaseException], str]] = [
    (asyncpg.InvalidPasswordError, "the password is refused ({said}); correct the user or the password"),
    (
        asyncpg.InvalidAuthorizationSpecificationError,
        "access is refused ({said}); correct the user or sslmode, or the server's pg_hba.conf",
    ),
    (asyncpg.InvalidCatalogNameError, "there is no such database ({said}); create it, or correct its name"),
    (
        asyncpg.InsufficientPrivilegeError,
        "the role lacks a right ({said}); grant it, or make the role the owner of the database and its tables",
    ),
    (
        asyncpg.TooManyConnectionsError,
        "it has too many connections ({said}); raise its limit, or lower PERENNIAL_DATABASE_POOL_SIZE",
    ),
    (asyncpg.CannotConnectNowError, "it lets nobody in just now ({said}); start again when it does"),
    (
        asyncpg.ReadOnlySQLTransactionError,
        "it is read-only ({said}); name the primary, or all hosts and target_session_attrs=read-write",
    ),
    (
        asyncpg.ProtocolViolationError,
        "it does not take the connection ({said}); correct DATABASE_URL, or what the pooler lets pass",
    ),
    (asyncpg.PostgresConnectionError, "it breaks the connection off ({said}); its own log says why"),
    (asyncpg.PostgresError, "it refuses what was asked ({said})"),
    (asyncpg.ClientConfigurationError, "an option cannot be used ({said}); correct it"),
    (asyncpg.TargetServerAttributeNotMatched, "it is not what target_session_attrs asks for ({said})"),
    (ssl.SSLError, "TLS fails ({said}); correct sslmode, or the certificates"),
    (socket.gaierror, "the host's name cannot be resolved ({said}); correct it, or mend the DNS"),
    (UnicodeError, "the host's name is impossible; correct it"),
    (ConnectionRefusedError, "nobody listens there; start the database, or correct host and port"),
    (TimeoutError, "it does not answer in time; start the database, or see whether a firewall is in between"),
    (sqlite3.DatabaseError, "SQLite refuses it ({said}); make the folder writable, or put back a backup"),
    (OSError, "it cannot be opened ({said}); start it, or correct its address"),
    (Exception, "the driver cannot use it ({said})"),
]
_KINDS = (OSError, UnicodeError, asyncpg.PostgresError, asyncpg.InterfaceError, InternalClientError, sqlite3.Error)
_NOBODY = f"[Errno {errno.ECONNREFUSED}]"


def is_refusal(error: BaseException) -> bool:
    """Whether the error, or what it was raised from, is the database's, its driver's or the network's."""
    return any(isinstance(one, _KINDS) for one in chain(error))


def cause(error: BaseException) -> str:
    """What is wrong and what to do, in one line: `nobody listens there; start the database, or …`."""
    found = next((one for one in chain(error) if isinstance(one, _KINDS)), error)
    if isinstance(found, OSError) and found.errno is None and _NOBODY in str(found):  # of all addresses of a host
        found = ConnectionRefusedError()
    words = next(words for kind, words in _CAUSES if isinstance(found, kind))
    return words.format(said=_said(found))


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
def as_settings_errors(settings: Settings) -> Iterator[None]:
    """Turns errors of the database inside the block into a SettingsError: one line with place, cause and what to do."""
    try:
        yield
    except Exception as error:
        if isinstance(error, PerennialError) or not is_refusal(error):
            raise
        raise SettingsError(f"{place(settings)}: {cause(error)}") from error
