"""Whether a session of PostgreSQL may write, and why not."""

from collections.abc import Mapping
from typing import Any

import asyncpg

# PostgreSQL 14 and later report these to the client whenever they change; most poolers do not pass them on.
_REPORTED = ("in_hot_standby", "default_transaction_read_only")
_WHY_READ_ONLY = """
    SELECT pg_is_in_recovery() AS is_standby, current_setting('transaction_read_only') = 'on' AS is_read_only,
        (SELECT source FROM pg_settings WHERE name = 'default_transaction_read_only') AS source
"""
_SET_BY = {
    "session": "it was set in the session",
    "client": "DATABASE_URL sets it",
    "database": "it is set for the database (ALTER DATABASE ... SET)",
    "user": "it is set for the role (ALTER ROLE ... SET)",
    "database user": "it is set for the role in this database (ALTER ROLE ... IN DATABASE ... SET)",
}
_BY_SERVER = "it is set for the whole server"


def reports_read_only(connection: Any) -> bool:
    """Whether the server has reported that this session may not write, which costs no question."""
    settings = connection.get_settings()
    return any(getattr(settings, name, None) == "on" for name in _REPORTED)


async def check_writable(connection: Any) -> None:
    """Raises ReadOnlySQLTransactionError, with the reason, if the session may not write."""
    if reason := _why_read_only(await connection.fetchrow(_WHY_READ_ONLY)):
        raise asyncpg.ReadOnlySQLTransactionError(reason)


def _why_read_only(row: Mapping[str, Any]) -> str | None:
    if row["is_standby"]:
        return "this server is a standby"
    if row["is_read_only"]:
        return f"default_transaction_read_only is on, {_SET_BY.get(row['source'], _BY_SERVER)}"
    return None
