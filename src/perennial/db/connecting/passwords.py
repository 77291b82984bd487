"""Where a password is looked for, as the driver does it: DATABASE_URL, PGPASSWORD, a file of passwords (passfile)."""

import os
from pathlib import Path

import asyncpg

from perennial.settings.database_url import DatabaseUrl
from perennial.settings.validators import is_private

# What a server says of a password, and a pooler, which has one code for all that it refuses.
_OF_SERVER = asyncpg.InvalidPasswordError
_OF_POOLER = "authentication failed"
_DEFAULT = "~/.pgpass"


def none_given(error: asyncpg.PostgresError, url: DatabaseUrl) -> str | None:
    """Where a password was looked for, if the error is that it is refused, and there is none; None otherwise.

    It begins with `DATABASE_URL has no password`. Of a file that may be used it cannot be said whether it has one.
    """
    is_of_password = isinstance(error, _OF_SERVER) or _OF_POOLER in str(error)
    if not is_of_password or url.password or os.environ.get("PGPASSWORD"):
        return None
    return f"DATABASE_URL has no password, PGPASSWORD is not set, and {_file(url)}"


def _file(url: DatabaseUrl) -> str:
    """What is wrong with the file of passwords."""
    variable = os.environ.get("PGPASSFILE")
    name = "the passfile" if url.passfile else "PGPASSFILE" if variable else _DEFAULT
    file = Path(os.path.expanduser(url.passfile or variable or _DEFAULT))
    if not os.access(file, os.R_OK):
        return "there is no passfile" if name == _DEFAULT else f"{name} names no file that can be read"
    if not is_private(file):
        return f"{name} is passed over, as it is no plain file of its owner's alone: chmod 600"
    return f"{name} has none for this host, port, database and user, or not the right one"
