"""Which errors end connections, and how many: what ends one has all replaced that were open then."""

import asyncpg
import pytest
from support.stores.pools import on_each, pool_on
from support.stores.servers import DIRECTLY
from support.stores.transactions import bounded
from tortoise.exceptions import OperationalError

from perennial.db.transactions import transaction

pytestmark = pytest.mark.parametrize("database", [DIRECTLY], indirect=True)

SIZE = 5
MINE = "SELECT pg_backend_pid()"
OF_A_CONNECTION = (
    asyncpg.AdminShutdownError(),
    asyncpg.ConnectionDoesNotExistError(),
    asyncpg.InvalidSQLStatementNameError(),
    asyncpg.InterfaceError("connection is closed"),
    asyncpg.InternalClientError(),
    ConnectionResetError(),
)


@pytest.mark.parametrize("error", OF_A_CONNECTION, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("wrap", [False, True], ids=["itself", "wrapped"])
@bounded
async def test_whatever_ends_one_connection_has_all_others_replaced(
    database: str, postgres_url: str, error: Exception, wrap: bool
) -> None:
    """They lead to the same server."""
    async with pool_on(postgres_url, SIZE) as pool:
        before = set(await on_each(pool, MINE))
        with pytest.raises(Exception):  # noqa: B017, PT011, PT012 (of several classes)
            async with pool.acquire_connection():
                if wrap:
                    raise OperationalError(error) from error
                raise error
        assert before & set(await on_each(pool, MINE)) == set()


@bounded
async def test_an_error_that_is_raised_while_one_of_another_connection_is_handled_ends_none(
    database: str, postgres_url: str
) -> None:
    async with pool_on(postgres_url, SIZE) as pool:
        before = set(await on_each(pool, MINE))
        with pytest.raises(KeyError):  # noqa: PT012 (the block is what is tried)
            async with transaction():
                try:
                    raise asyncpg.AdminShutdownError
                except asyncpg.AdminShutdownError:
                    raise KeyError  # noqa: B904 (that is the point)
        assert set(await on_each(pool, MINE)) == before


@bounded
async def test_a_second_error_of_an_old_connection_ends_none_that_was_opened_since(
    database: str, postgres_url: str
) -> None:
    async with pool_on(postgres_url, 2) as pool:
        with pytest.raises(ConnectionResetError):  # noqa: PT012 (the block is what is tried)
            async with pool.acquire_connection():
                with pytest.raises(ConnectionResetError):
                    async with pool.acquire_connection():
                        raise ConnectionResetError
                async with pool.acquire_connection() as connection:
                    new = await connection.fetchval(MINE)
                raise ConnectionResetError
        assert new in await on_each(pool, MINE)
