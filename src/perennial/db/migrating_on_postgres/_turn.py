"""The turn to migrate, which one process has at a time."""

import asyncio
from collections.abc import Coroutine
from typing import Any, NoReturn, TypeVar

import asyncpg

from perennial.core.errors import MigrationError
from perennial.observe.logs import get_logger

log = get_logger(__name__)

# The advisory lock's key: an arbitrary number, the same in every version.
_LOCK = 5_771_204_817
_POLL_SECONDS = 1.0
_WAITING_LOG_SECONDS = 60.0
_ANSWER_SECONDS = 30.0  # a busy server answers SELECT 1 within it
_CANCEL_SECONDS = 30.0
# What a statement may raise whose connection has ended, or just breaks: a pooler tells of it at a time of its own.
LOST = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

# Those that this server knows, until the transaction ends.
NO_TIMEOUTS = """
    SELECT set_config(name, '0', true) FROM pg_settings
    WHERE name IN ('statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout')
"""

T = TypeVar("T")


class Turn:
    """The right to migrate: an advisory lock, held by an open transaction on a connection that does nothing else.

    A concurrent index waits for every snapshot that is older than it. Between two statements the transaction has none:
    it is READ COMMITTED, and its last statement is never a `fetch`, whose portal would keep the snapshot until the
    next one. Nor do those who wait hold one: each look is a transaction of its own.
    """

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._asking = asyncio.Lock()

    async def take(self) -> None:
        """Waits until no other process has the turn. It ends with the connection."""
        loop = asyncio.get_running_loop()
        told = -_WAITING_LOG_SECONDS
        while not await self._try():
            if loop.time() - told >= _WAITING_LOG_SECONDS:
                told = loop.time()
                log.info("migration.waiting", reason="another process migrates")
            await asyncio.sleep(_POLL_SECONDS)

    async def _try(self) -> bool:
        look = self._connection.transaction(isolation="read_committed")
        await look.start()
        if await self._connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
            await self._connection.execute(NO_TIMEOUTS)
            return True
        await look.rollback()
        return False

    async def check(self) -> None:
        """Raises MigrationError if the transaction is no more, so that another process may have the turn."""
        async with self._asking:
            try:
                await self._connection.execute("SELECT 1", timeout=_ANSWER_SECONDS)
            except LOST as error:
                raise MigrationError(
                    "the connection that holds the lock on migrations was lost, so they were stopped; start again"
                ) from error

    async def keep(self, work: Coroutine[Any, Any, T]) -> T:
        """Returns the result of the work, which is cancelled as soon as the turn is lost (MigrationError)."""
        doing, losing = asyncio.create_task(work), asyncio.create_task(self._lost())
        try:
            await asyncio.wait({doing, losing}, return_when=asyncio.FIRST_COMPLETED)
            return doing.result() if doing.done() else losing.result()
        finally:
            doing.cancel()
            losing.cancel()
            await asyncio.wait({doing, losing}, timeout=_CANCEL_SECONDS)

    async def _lost(self) -> NoReturn:
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            await self.check()
