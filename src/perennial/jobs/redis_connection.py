"""The connection to Redis: its address, timeouts and retries."""

from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from perennial.jobs.alarms import pack, unpack
from perennial.settings import Settings

RETRY_ON: list[type[Exception]] = [RedisConnectionError, RedisTimeoutError, OSError]


def connect_redis(settings: Settings) -> ArqRedis:
    """A client that connects at its first use: a process starts, and its API works, while Redis is away."""
    pool = ConnectionPool.from_url(
        redis_url(settings),
        socket_connect_timeout=1.0,
        socket_timeout=2.0,
        retry=Retry(ExponentialBackoff(cap=0.2, base=0.02), 2),
        retry_on_error=RETRY_ON,
    )
    return ArqRedis(pool, job_serializer=pack, job_deserializer=unpack)


def redis_url(settings: Settings) -> str:
    """The URL of Redis, as set, or as the embedded mode has set it."""
    if settings.redis_url is None:
        raise RuntimeError("settings without a REDIS_URL got past their check")
    return settings.redis_url.get_secret_value()
