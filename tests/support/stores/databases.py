"""The tables that all databases have, and how they are made and emptied."""

from tortoise import Tortoise

from perennial.db.connection import CONNECTION
from support.processes import run
from support.stores.catalogs import Postgres, Sqlite

# In an order in which nothing is in the way of what comes after it.
TABLES = (
    "queue_executions",
    "queue_posts",
    "recurring_queues",
    "publications",
    "posts",
    "connected_accounts",
    "platform_breakers",
    "refresh_breakers",
    "idempotency_keys",
)


def migrate(database: Sqlite | Postgres) -> str:
    """Brings the schema up to date as an operator does, in a process of its own; returns what it says."""
    return run("-m", "perennial.migrate", **database.environment)


async def empty_all_tables() -> None:
    """Removes every row of the open database."""
    statements = "; ".join(f"DELETE FROM {table}" for table in TABLES)
    await Tortoise.get_connection(CONNECTION).execute_script(statements)
