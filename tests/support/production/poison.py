"""Rows that the database itself refuses, as no bug of ours could be counted on to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tortoise import Tortoise

_FUNCTION = """
    CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'poison'; END $$
"""


@asynccontextmanager
async def poisoned(what: str, column: str, queue: Any) -> AsyncIterator[None]:
    """While this is open, `what` (INSERT ON posts, …) fails for rows that have the queue's id in that column."""
    connection = Tortoise.get_connection("default")
    when = f"NEW.{column} = '{queue['id']}'"
    table = what.rsplit(maxsplit=1)[-1]
    if connection.capabilities.dialect == "sqlite":
        script = [f"CREATE TRIGGER poison BEFORE {what} WHEN {when} BEGIN SELECT RAISE(ABORT, 'poison'); END"]
        undo = ["DROP TRIGGER poison"]
    else:
        call = f"CREATE TRIGGER poison BEFORE {what} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION poison()"
        script, undo = [_FUNCTION, call], [f"DROP TRIGGER poison ON {table}", "DROP FUNCTION poison()"]
    for statement in script:
        await connection.execute_query(statement)
    try:
        yield
    finally:
        for statement in undo:
            await connection.execute_query(statement)


async def make_unreadable(queue: Any) -> None:
    """Gives the queue a cadence that this version does not know, as a newer one might have."""
    sql = f"UPDATE recurring_queues SET cadence = 'fortnightly' WHERE id = '{queue['id']}'"
    await Tortoise.get_connection("default").execute_query(sql)
