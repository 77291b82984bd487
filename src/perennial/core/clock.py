"""The only module that reads a clock. Everything below a unit of work gets `now` as an argument."""

from datetime import UTC, datetime, timedelta

from tortoise import connections
from tortoise.backends.base.client import BaseDBAsyncClient


async def now(connection: BaseDBAsyncClient | None = None) -> datetime:
    """The current time, aware, in UTC and in whole milliseconds.

    On PostgreSQL it is the database's clock, so that workers whose own clocks differ agree; on SQLite, where there is
    one process, the machine's. `connection` is the open transaction's, if there is one.
    """
    connection = connection or connections.get("default")
    if connection.capabilities.dialect != "postgres":
        return whole_milliseconds(datetime.now(UTC))
    async with connection.acquire_connection() as driver:
        return whole_milliseconds(await driver.fetchval("SELECT clock_timestamp()"))


def machine_now() -> datetime:
    """The current time by this machine's clock, by which bearer tokens are checked and expire."""
    return datetime.now(UTC)


def whole_milliseconds(time: datetime) -> datetime:
    """The aware time in UTC, cut to the milliseconds in which the database keeps times."""
    time = time.astimezone(UTC)
    return time - timedelta(microseconds=time.microsecond % 1000)


def instant(time: datetime) -> str:
    """The time as text, as the API and the ids of alarms have it: 2026-11-23T09:00:00.000Z."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
