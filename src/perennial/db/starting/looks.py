"""Looks at the configured PostgreSQL on a connection of its own: may we write there, and on our tables?

Each look has as much time as a connection. It is one transaction, so that a pooler takes one session for all of it.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from perennial.core.errors import SettingsError
from perennial.core.timeouts import with_timeout
from perennial.db import connection, models
from perennial.db.connecting.connector import Connection
from perennial.db.pool import read_only

_FORBIDDEN = """
    SELECT current_user AS role, coalesce(current_schema(), 'public') AS schema, array_agg(name) AS tables
    FROM unnest($1::text[]) AS name
    WHERE NOT (
        has_table_privilege(to_regclass(name), 'SELECT') AND has_table_privilege(to_regclass(name), 'INSERT')
        AND has_table_privilege(to_regclass(name), 'UPDATE') AND has_table_privilege(to_regclass(name), 'DELETE')
    )
"""


async def check_writable(config: dict[str, Any]) -> None:
    """Raises the driver's error, or TimeoutError, if the database does not let us in, or takes no writes."""
    await _look(config, read_only.check_writable)


async def check_rights(config: dict[str, Any]) -> None:
    """Raises SettingsError if the role lacks a right on one of our tables, which another role may own."""
    await _look(config, _check_rights)


async def _look(config: dict[str, Any], look: Callable[[Connection], Awaitable[None]]) -> None:
    if not connection.is_postgres(config):
        return
    connected = await connection.connect(config)
    try:
        await with_timeout(connection.connect_seconds(config), _in_transaction(connected, look))
    finally:
        await connected.close()


async def _in_transaction(connected: Connection, look: Callable[[Connection], Awaitable[None]]) -> None:
    async with connected.transaction():
        await look(connected)


async def _check_rights(connected: Connection) -> None:
    tables = [one.Meta.table for one in vars(models).values() if hasattr(getattr(one, "Meta", None), "table")]
    role, schema, forbidden = await connected.fetchrow(_FORBIDDEN, tables)
    if forbidden:
        grant = f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}"
        raise SettingsError(f"the role {role} may not read and write {', '.join(sorted(forbidden))}; {grant}")
