"""The parts that servers and workers need, opened and closed in one place."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.fernet import Fernet, MultiFernet

from perennial.accounts.accounts import Accounts
from perennial.accounts.refreshing import Refresher
from perennial.core import clock, fault_points
from perennial.db import connection, outages
from perennial.db.starting.preparing import prepare
from perennial.db.starting.refusals import naming
from perennial.events.broker import SubscriptionBroker
from perennial.events.publisher import EventPublisher
from perennial.jobs.alarms import Alarms
from perennial.jobs.heartbeat import Heartbeat
from perennial.jobs.redis_client import RedisClient
from perennial.jobs.redis_connection import connect_redis
from perennial.jobs.worker_functions import WorkerFunction
from perennial.keeping.pruning import Pruner
from perennial.observe.logs import get_logger
from perennial.outbound.http_session import HttpSession
from perennial.platforms.registry import transports
from perennial.posts.posts import Posts
from perennial.posts.publications import Publications
from perennial.posts.quotas import of_posts, of_queues
from perennial.publishing.limits import Limits
from perennial.publishing.overdue import Overdue
from perennial.publishing.publish_due import Publisher
from perennial.publishing.reconciling.reconciler import Reconciler
from perennial.publishing.sending import Sender
from perennial.queues.queues import Queues
from perennial.queues.steering import Steering
from perennial.queues.stopping import pause_after_duplicates
from perennial.queues.tick.run_now import RunNow
from perennial.queues.tick.ticker import Ticker
from perennial.settings import Settings

log = get_logger(__name__)


@dataclass(frozen=True)
class Process:
    """The open parts of a server or worker: connections, and the services over them."""

    settings: Settings
    redis: RedisClient
    session: HttpSession
    alarms: Alarms
    posts: Posts
    publications: Publications
    queues: Queues
    steering: Steering
    run_now: RunNow
    accounts: Accounts
    publisher: Publisher
    ticker: Ticker
    pruner: Pruner
    events: EventPublisher
    broker: SubscriptionBroker
    stopping: asyncio.Event
    heartbeat: Heartbeat = field(default_factory=Heartbeat)
    database_open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Takes the database for open."""
        self.database_open.set()

    async def run_function(self, function: WorkerFunction, at: datetime | None) -> None:
        """Runs the function, for the cron or for an alarm set for `at`.

        While the database is away it enqueues the call again, every second.
        """
        try:
            await self._run_if_due(function, at)
        except Exception as error:
            if not outages.is_outage(error):
                raise
            log.warning("database.away", call=function, error=type(error).__name__)
            await self.alarms.enqueue_soon(function)

    async def _run_if_due(self, function: WorkerFunction, at: datetime | None) -> None:
        """Runs the function, or arms the alarm again if its time is still ahead by the database's clock."""
        if at is not None and at > (now := await clock.now()):
            await self.alarms.rearm(function, at, now)
        elif function == WorkerFunction.PUBLISH:
            await self.publisher.publish_due()
        else:
            await self.ticker.process_due_queues()


@asynccontextmanager
async def open_process(settings: Settings) -> AsyncIterator[Process]:
    """Gives all parts, and closes them in the end; the block opens the database. Redis may be away.

    Raises SettingsError if a file that REDIS_URL names is none.
    """
    fault_points.arm(settings.fault_point)
    redis = connect_redis(settings)  # which connects later
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(HttpSession(settings.proxies))
        stack.push_async_callback(redis.aclose, close_connection_pool=True)
        process = assemble(settings, session, redis)
        process.database_open.clear()
        stack.push_async_callback(process.broker.close)
        stack.push_async_callback(process.events.close)
        yield process


@asynccontextmanager
async def open_database(process: Process) -> AsyncIterator[None]:
    """Applies migrations if the settings say so, and opens the database for the block.

    Raises SettingsError or MigrationError if it cannot be worked on.
    """
    settings = process.settings
    for name in await prepare(settings):
        log.info("schema.migrated", migration=name)
    async with AsyncExitStack() as stack:
        with naming(settings):
            await stack.enter_async_context(connection.open_database(connection.config(settings)))
        process.database_open.set()
        yield


def assemble(settings: Settings, session: HttpSession, redis: RedisClient) -> Process:
    """Connects the parts over an open database, HTTP session and Redis."""
    platforms = transports(settings, session)
    cipher = MultiFernet([Fernet(key.get_secret_value()) for key in settings.token_keys])
    alarms, events = Alarms(redis, settings.process_queues_every), EventPublisher(redis)
    stopping = asyncio.Event()
    refresher = Refresher(platforms, cipher, stopping)
    slack = timedelta(seconds=settings.clock_slack_seconds)
    reconciler = Reconciler(platforms, refresher, alarms, events, stopping, slack)
    missed_after = timedelta(minutes=settings.missed_after_minutes)
    limits = Limits(settings.platform_requests_max, settings.account_requests_max)
    overdue = Overdue(alarms, events, stopping, timedelta(hours=settings.expire_after_hours))
    return Process(
        settings=settings,
        redis=redis,
        session=session,
        alarms=alarms,
        posts=Posts(platforms, alarms, events, of_posts(settings.posts_max)),
        publications=Publications(platforms, alarms, events),
        queues=Queues(alarms, events, of_queues(settings.queues_max), missed_after),
        steering=Steering(alarms, events),
        run_now=RunNow(alarms, events),
        accounts=Accounts(platforms, cipher, alarms),
        publisher=Publisher(
            Sender(platforms, refresher), alarms, events, limits, stopping, reconciler, overdue, pause_after_duplicates
        ),
        ticker=Ticker(
            alarms,
            events,
            settings.process_queues_every,
            stopping,
            missed_after,
            settings.pause_after_failures,
        ),
        pruner=Pruner(timedelta(days=settings.keep_days) if settings.keep_days else None, stopping),
        events=events,
        broker=SubscriptionBroker(redis, settings.subscriptions_max),
        stopping=stopping,
    )
