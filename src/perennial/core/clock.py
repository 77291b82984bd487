"""The only module that reads a clock. Everything below a unit of work gets `now` as an argument."""

from datetime import UTC, datetime

from tortoise import connections
from tortoise.backends.base.client import BaseDBAsyncClient

from perennial.core.instants import whole_milliseconds


async def now(connection: BaseDBAsyncClient | None = None) -> datetime:
    """The current time, aware, in UTC and in whole milliseconds.

    On PostgreSQL it is the database's clock, so that workers whose own clocks differ agree; on SQLite, where there is
    one process, the machine's. `connection` is the open transaction's, if there is one.
    """
    connection = connection or connections.get("default")
    if connection.capabilities.dialect != "postgres":
        return whole_milliseconds(datetime.now(UTC))
    _, [row] = await connection.execute_query("SELECT clock_timestamp() AS now")
    return whole_milliseconds(row["now"])


def machine_now() -> datetime:
    """The current time by this machine's clock, by which bearer tokens are checked and expire."""
    return datetime.now(UTC)


def machine_milliseconds() -> int:
    """The same in milliseconds since 1970: arq compares the times of its jobs with it."""
    return int(machine_now().timestamp() * 1000)
