"""What statements cost PostgreSQL: how many rows they read and buffers they touch, by either kind of plan."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import orjson

# By the values, and for any: PostgreSQL takes the latter for a prepared statement after a while.
PLAN_MODES = ("force_custom_plan", "force_generic_plan")

_KINDS = {UUID: "uuid", datetime: "timestamptz"}  # those of the items of a list
Statement = tuple[str, Sequence[Any]]


class Cost(NamedTuple):
    """The rows that a statement, or several, read from tables and indexes, and the buffers that they touched."""

    rows: int
    buffers: int
    milliseconds: float = 0.0


async def explain(connection: asyncpg.Connection, statements: Sequence[Statement], mode: str) -> list[Cost]:
    """Runs the statements in a transaction, which is rolled back, and returns the cost of each."""
    return [cost for cost, _ in await explain_whole(connection, statements, mode)]


async def explain_whole(
    connection: asyncpg.Connection, statements: Sequence[Statement], mode: str
) -> list[tuple[Cost, dict[str, Any]]]:
    """The same, each with its plan."""
    await connection.execute(f"SET plan_cache_mode = {mode}")
    found = []
    round_trip = connection.transaction()
    await round_trip.start()
    try:
        for number, (sql, values) in enumerate(statements):
            await connection.execute(f"PREPARE look_{number} AS {sql}")
            given = f"({', '.join(map(_literal, values))})" if values else ""
            text = await connection.fetchval(
                f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON, TIMING off) EXECUTE look_{number}{given}"
            )
            (explained,) = orjson.loads(text)
            found.append((_cost(explained), explained["Plan"]))
    finally:
        await round_trip.rollback()
        for number in range(len(found)):
            await connection.execute(f"DEALLOCATE look_{number}")
    return found


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The plan's nodes, itself the first of them."""
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes_of(inner)


def _cost(explained: dict[str, Any]) -> Cost:
    """The buffers of a plan, and the rows that its scans read, those that a filter threw away included."""
    plan = explained["Plan"]
    read = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
    scans = [node for node in nodes_of(plan) if "Scan" in node["Node Type"] and node["Node Type"] != "Subquery Scan"]
    rows = sum(node.get(name, 0) * node["Actual Loops"] for node in scans for name in read)
    return Cost(round(rows), plan["Shared Hit Blocks"] + plan["Shared Read Blocks"], explained["Execution Time"])


def _literal(value: Any) -> str:
    """The value as a literal of SQL, whose type the statement's parameter has."""
    match value:
        case None:
            return "NULL"
        case list() | tuple():
            kind = next(
                (name for type_, name in _KINDS.items() if all(isinstance(one, type_) for one in value)), "text"
            )
            return f"ARRAY[{', '.join(map(_literal, value))}]::{kind}[]"
        case datetime():
            return f"'{value.isoformat()}'"
        case int():
            return str(value)
    assert isinstance(value, str | UUID)
    return "'" + str(value).replace("'", "''") + "'"
