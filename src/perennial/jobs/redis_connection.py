"""Makes every connection to Redis, for the process and for its worker alike: address, timeouts and retries."""

from typing import Any

from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from perennial.jobs._redis_connections import HandshakeLost
from perennial.jobs._redis_pool import BoundedFollowingPool, FollowingPool
from perennial.jobs.redis_client import RedisClient
from perennial.settings import Settings
from perennial.settings.redis_url import read_redis_url

RETRY_ON: list[type[Exception]] = [RedisConnectionError, RedisTimeoutError, OSError]
TIMEOUTS = {"socket_connect_timeout": 1.0, "socket_timeout": 2.0}
WAIT_FOR_CONNECTION_SECONDS = 2.0  # where `max_connections` are all in use


def connect_redis(settings: Settings) -> RedisClient:
    """A client that connects at its first use: a process starts, and its API works, while Redis is away.

    Raises SettingsError if the files that REDIS_URL names cannot be used.
    """
    return _client(settings, "redis", ExponentialBackoff(cap=0.2, base=0.02), 2)


def connect_worker_redis(settings: Settings) -> RedisClient:
    """A client for arq's worker, whose loop ends with any error that it meets: it waits some seconds for Redis."""
    return _client(settings, "redis_worker", ExponentialBackoff(cap=1, base=0.05), 20)


def _client(settings: Settings, pool_name: str, backoff: ExponentialBackoff, retries: int) -> RedisClient:
    if settings.redis_url is None:
        raise RuntimeError("settings without a REDIS_URL got past their check")
    url = read_redis_url(settings.redis_url.get_secret_value())
    options: dict[str, Any] = {name: value for name, value in url.options.items() if not name.startswith("ssl_")}
    retry_on = [one for one in RETRY_ON if one is not RedisTimeoutError or options.pop("retry_on_timeout", True)]
    options = {**TIMEOUTS, **options, "retry": Retry(backoff, retries), "retry_on_error": retry_on}
    options["handshakes"] = Retry(backoff, retries, (HandshakeLost,))
    if "max_connections" in options:
        pool: FollowingPool = BoundedFollowingPool(url, timeout=WAIT_FOR_CONNECTION_SECONDS, **options)
    else:
        pool = FollowingPool(url, **options)
    pool.meter_as(pool_name)
    return RedisClient(pool, settings.redis_prefix)
