"""What either process needs, server or worker, opened and closed in one place."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import ClientSession
from arq.connections import ArqRedis
from cryptography.fernet import Fernet, MultiFernet
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from perennial import clock, database, fault_points, migrate, migrations
from perennial.accounts import Accounts
from perennial.alarms import Alarms, Call, pack, unpack
from perennial.events import Events
from perennial.execution import Ticker
from perennial.hub import Hub
from perennial.logs import get_logger
from perennial.look_ups import LookUps
from perennial.platforms.base import Transport, new_session
from perennial.platforms.linkedin import LinkedIn
from perennial.platforms.x import X
from perennial.posts import Posts
from perennial.publications import Publications
from perennial.publishing import Publisher
from perennial.pulse import Pulse
from perennial.queues import Queues
from perennial.rates import Rates
from perennial.refreshing import Refresher
from perennial.sending import Sender
from perennial.settings import Settings
from perennial.states import Platform
from perennial.traffic import Traffic

log = get_logger(__name__)

RETRY_ON: list[type[Exception]] = [RedisConnectionError, RedisTimeoutError, OSError]


@dataclass(frozen=True)
class Process:
    """The open parts. Everything above uses them, and nothing above opens anything."""

    settings: Settings
    redis: ArqRedis
    posts: Posts
    publications: Publications
    queues: Queues
    accounts: Accounts
    publisher: Publisher
    ticker: Ticker
    events: Events
    hub: Hub
    rates: Rates
    stopping: asyncio.Event
    pulse: Pulse = field(default_factory=Pulse)

    async def ring(self, call: Call, at: datetime | None) -> None:
        """What an alarm does. While the database is away it rings again, every second."""
        try:
            await self._answer(call, at)
        except Exception as error:
            if not database.is_outage(error):
                raise
            log.warning("database.away", call=call, error=type(error).__name__)
            await self.publisher.alarms.call_soon(call)

    async def _answer(self, call: Call, at: datetime | None) -> None:
        """One that rings ahead of the database's clock is set again for its instant."""
        if at is not None and at > (now := await clock.now()):
            await self.publisher.alarms.call_again(call, at, now)
        elif call == Call.PUBLISH:
            await self.publisher.publish_due()
        else:
            await self.ticker.process_due_queues()


@asynccontextmanager
async def open_process(settings: Settings) -> AsyncIterator[Process]:
    """Migrates where that is wanted, opens everything, and closes it in the reverse order."""
    fault_points.arm(settings.fault_point)
    config = migrate.config(settings)
    await database.check_reachable(config)
    if settings.migrate_on_start:
        for name in await migrations.migrate(config):
            log.info("schema.migrated", migration=name)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(database.open_database(config))
        session = await stack.enter_async_context(new_session())
        redis = connect_redis(settings)
        stack.push_async_callback(redis.aclose, close_connection_pool=True)
        process = assemble(settings, session, redis)
        stack.push_async_callback(process.hub.close)
        stack.push_async_callback(process.events.close)
        yield process


def assemble(settings: Settings, session: ClientSession, redis: ArqRedis) -> Process:
    """Puts the parts together over an open database, HTTP session and Redis."""
    platforms: dict[Platform, Transport] = {
        Platform.X: _x(settings, session),
        Platform.LINKEDIN: _linkedin(settings, session),
    }
    cipher = MultiFernet([Fernet(key.get_secret_value()) for key in settings.token_keys])
    alarms, events = Alarms(redis), Events(redis)
    stopping = asyncio.Event()
    refresher = Refresher(platforms, cipher, stopping)
    look_ups = LookUps(platforms, refresher, alarms, events, stopping)
    traffic = Traffic(settings.platform_requests_max, settings.account_requests_max)
    return Process(
        settings=settings,
        redis=redis,
        posts=Posts(platforms, alarms, events),
        publications=Publications(platforms, alarms, events),
        queues=Queues(alarms, settings.process_queues_every),
        accounts=Accounts(platforms, cipher),
        publisher=Publisher(Sender(platforms, refresher), alarms, events, traffic, stopping, look_ups),
        ticker=Ticker(alarms, events, settings.process_queues_every, stopping),
        events=events,
        hub=Hub(redis),
        rates=Rates(redis, settings.requests_per_minute),
        stopping=stopping,
    )


def _x(settings: Settings, session: ClientSession) -> X:
    secret = settings.x_client_secret
    return X(session, settings.x_api_url, settings.x_client_id, secret.get_secret_value() if secret else None)


def _linkedin(settings: Settings, session: ClientSession) -> LinkedIn:
    secret = settings.linkedin_client_secret
    return LinkedIn(
        session,
        settings.linkedin_api_url,
        settings.linkedin_oauth_url,
        settings.linkedin_version,
        settings.linkedin_client_id,
        secret.get_secret_value() if secret else None,
    )


def connect_redis(settings: Settings) -> ArqRedis:
    """Connects when it is first used: a process starts, and its API answers, while Redis is away."""
    pool = ConnectionPool.from_url(
        redis_url(settings),
        socket_connect_timeout=1.0,
        socket_timeout=2.0,
        retry=Retry(ExponentialBackoff(cap=0.2, base=0.02), 2),
        retry_on_error=RETRY_ON,
    )
    return ArqRedis(pool, job_serializer=pack, job_deserializer=unpack)


def redis_url(settings: Settings) -> str:
    """Where Redis is: by setting, or where the embedded mode put it."""
    if settings.redis_url is None:
        raise RuntimeError("settings without a REDIS_URL got past their check")
    return settings.redis_url.get_secret_value()
