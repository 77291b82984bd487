"""How the pools of connections are used: who has a connection, who waits, and for how long."""

import asyncio
import gc
import weakref

import pytest
from prometheus_client import generate_latest
from pydantic import SecretStr
from support.metrics import Scrape, read
from support.publishing import eventually
from support.stores.catalogs import Postgres
from support.stores.pools import pool_on

from perennial.jobs.redis_connection import connect_redis
from perennial.observe import pools
from perennial.observe.metrics import REGISTRY
from perennial.settings import Settings

pytestmark = [pytest.mark.one_dialect, pytest.mark.usefixtures("database")]  # which opens the ORM


@pytest.fixture(autouse=True)
def _no_pools_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "_LIVE", weakref.WeakSet())


def page() -> Scrape:
    return read(generate_latest(REGISTRY).decode())


def use(pool: str) -> tuple[float | None, ...]:
    """In use, idle, at most, and waiting."""
    now = page()
    states = (now.value("pool_connections", pool=pool, state=state) for state in ("in_use", "idle"))
    return (*states, now.value("pool_connections_max", pool=pool), now.value("pool_waiting", pool=pool))


async def sees(pool: str, *wanted: float | None) -> bool:
    return use(pool) == wanted


def waits(pool: str) -> float:
    return page().value("pool_wait_seconds_count", pool=pool) or 0


async def test_the_pool_of_postgresql(migrated_postgres: Postgres) -> None:
    before = waits("database")
    async with pool_on(migrated_postgres.url, 2) as client:
        assert use("database") == (0, 2, 2, 0)
        async with client.acquire_connection(), client.acquire_connection():
            assert use("database") == (2, 0, 2, 0)
            third = asyncio.create_task(client.execute_query("SELECT 1"))
            await eventually(lambda: sees("database", 2, 0, 2, 1))
            assert waits("database") == before + 3  # the first statement, and these two
        await third
        assert use("database") == (0, 2, 2, 0)
    assert waits("database") == before + 4


async def test_who_gives_up_waits_no_longer(migrated_postgres: Postgres) -> None:
    async with pool_on(migrated_postgres.url, 1) as client, client.acquire_connection():
        waiting = asyncio.create_task(client.execute_query("SELECT 1"))
        await eventually(lambda: sees("database", 1, 0, 1, 1))
        waiting.cancel()
        await asyncio.wait({waiting})
        assert use("database") == (1, 0, 1, 0)


async def test_a_pool_of_redis_without_a_bound(settings: Settings) -> None:
    redis = connect_redis(settings)
    pool = redis.connection_pool
    assert use("redis") == (0, 0, None, 0)
    one, another = await pool.get_connection(), await pool.get_connection()
    assert use("redis") == (2, 0, None, 0)
    await pool.release(one)
    await pool.release(another)
    assert use("redis") == (0, 2, None, 0)
    await redis.ping()
    assert use("redis") == (0, 2, None, 0)
    await redis.aclose(close_connection_pool=True)
    assert use("redis") == (0, 0, None, 0)


async def test_a_pool_of_redis_with_a_bound_lets_wait(settings: Settings) -> None:
    assert settings.redis_url is not None
    url = settings.redis_url.get_secret_value()
    bounded = SecretStr(f"{url}{'&' if '?' in url else '?'}max_connections=3")
    redis = connect_redis(settings.model_copy(update={"redis_url": bounded}))
    pool, before = redis.connection_pool, waits("redis")
    taken = [await pool.get_connection() for _ in range(3)]
    waiting = asyncio.create_task(redis.ping())
    await eventually(lambda: sees("redis", 3, 0, 3, 1))
    assert waits("redis") == before + 3
    await pool.release(taken.pop())
    await waiting
    assert use("redis") == (2, 1, 3, 0)
    assert waits("redis") == before + 4
    await redis.aclose(close_connection_pool=True)


async def test_a_pool_that_is_gone_is_not_shown(settings: Settings) -> None:
    redis = connect_redis(settings)
    assert use("redis")[3] == 0
    await redis.aclose(close_connection_pool=True)
    del redis
    gc.collect()
    assert use("redis") == (None, None, None, None)
