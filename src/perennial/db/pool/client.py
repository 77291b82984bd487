"""The ORM's client of PostgreSQL, over a pool that broken connections leave and in which nobody waits without an end.

asyncpg's pool gives out the connection that came back last, and closes only what nobody has used for minutes. So a busy
pool keeps its sessions for ever, read-only ones as well. And a statement that is cancelled waits for the server's
answer to that, for as long as a statement may take. Found by reading and running asyncpg 0.32 (pool.py,
protocol/protocol.pyx) and tortoise-orm 1.1.9 (backends/asyncpg/client.py).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import asyncpg
from asyncpg.transaction import Transaction
from tortoise.backends.asyncpg.client import AsyncpgDBClient

from perennial.db.connecting.connector import IDLE_IN_TRANSACTION
from perennial.db.pool.faults import Fault, fault_of
from perennial.db.pool.read_only import WHY_READ_ONLY, reports_read_only, why_read_only
from perennial.observe.logs import get_logger

log = get_logger(__name__)

ACQUIRE_SECONDS = 30.0  # as long as a statement may take
# So long a server may take to answer that it has broken off a statement, or rolled a transaction back.
CANCEL_SECONDS = 2.0
# Where new sessions are read-only too, they are not all replaced at every error.
READ_ONLY_PAUSE_SECONDS = 0.25

T = TypeVar("T")


class PoolClient(AsyncpgDBClient):
    """The client of a process. What is in a transaction runs on one of its connections (`begin_transaction`)."""

    def __init__(self, **credentials: Any) -> None:
        super().__init__(**credentials)
        self._leaving: set[asyncio.Task[None]] = set()
        self._expired_at = float("-inf")

    async def create_pool(self, **options: Any) -> asyncpg.Pool:
        """Opens the pool; the ORM calls it before the first statement."""
        self.pool = await super().create_pool(**options)
        return self.pool

    def acquire_connection(self) -> Any:
        """A connection for an `async with`, which leaves the pool if the block raises an error that belongs to it."""
        return _Acquired(self)

    async def execute_query(self, query: str, values: Any = None) -> Any:
        """Runs a statement outside of transactions; again if its connection is broken and it has had no effect."""
        return await self._again(query, lambda: super(PoolClient, self).execute_query(query, values))

    async def execute_query_dict(self, query: str, values: Any = None) -> Any:
        """The same, with dictionaries for rows."""
        return await self._again(query, lambda: super(PoolClient, self).execute_query_dict(query, values))

    async def fetch(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        """The same, with asyncpg's records for rows."""

        async def run() -> list[Any]:
            async with self.acquire_connection() as connection:
                self.log.debug("%s: %s", query, values)
                return list(await connection.fetch(query, *values))

        return await self._again(query, run)

    async def check_writable(self) -> None:
        """Raises ReadOnlySQLTransactionError, with the reason, if no session may write, not even a new one."""

        async def check() -> None:
            async with self.acquire_connection() as connection:
                if reason := why_read_only(await connection.fetchrow(WHY_READ_ONLY)):
                    raise asyncpg.ReadOnlySQLTransactionError(reason)

        await self._again(WHY_READ_ONLY, check)

    async def _again(self, query: str, run: Callable[[], Awaitable[T]]) -> T:
        """Runs the statement: again if it only reads and its connection broke, or if a read-only session refused it."""
        reads = query.lstrip()[:6].upper() == "SELECT"
        try:
            return await (self._while_broken(run) if reads else run())
        except Exception as error:
            if fault_of(error) is not Fault.READ_ONLY:
                raise
        return await run()

    async def _while_broken(self, run: Callable[[], Awaitable[T]]) -> T:
        """Runs it until its connection is not broken. Each that is leaves the pool, so the last try has a new one."""
        left: int | None = None
        while True:
            try:
                return await run()
            except Exception as error:
                fault = fault_of(error)
                if not fault.ends_connection or fault is Fault.READ_ONLY:
                    raise
                left = self.pool.get_size() + 1 if left is None else left - 1
                if left == 0:
                    raise

    async def begin_transaction(self) -> tuple[Any, Transaction]:
        """A connection in a new transaction: on another one if the first turns out to be broken or read-only."""
        with suppress(asyncpg.ReadOnlySQLTransactionError):
            return await self._while_broken(lambda: self._begin(refuse_read_only=True))
        # What only reads may be on a standby.
        return await self._while_broken(lambda: self._begin(refuse_read_only=False))

    async def _begin(self, *, refuse_read_only: bool) -> tuple[Any, Transaction]:
        connection = await self.acquire()
        try:
            block = connection.transaction()
            # Entered, not started: so what is left open is rolled back when the connection is released.
            await block.__aenter__()
            if connection.behind_pooler:  # else the session has it
                await connection.execute(f"SET LOCAL idle_in_transaction_session_timeout = '{IDLE_IN_TRANSACTION}'")
            if refuse_read_only and reports_read_only(connection):
                raise asyncpg.ReadOnlySQLTransactionError("The server says that this session is read-only.")
        except BaseException as error:
            await self.release(connection, error)
            raise
        return connection, block

    async def acquire(self) -> Any:
        """A connection of the pool. Raises TimeoutError if there is none for ACQUIRE_SECONDS."""
        await super().acquire_connection().ensure_connection()
        async with asyncio.timeout(ACQUIRE_SECONDS):
            return await self.pool.acquire()

    async def release(self, connection: Any, error: BaseException | None) -> None:
        """Gives the connection back after a block that ended with this error; an open transaction is rolled back.

        Nobody who was cancelled waits for that.
        """
        fault = fault_of(error) if error is not None else Fault.NONE
        if fault.ends_connection:
            with suppress(asyncpg.InterfaceError):  # it has left already, as the server closed it
                connection.terminate()
            if fault is Fault.SERVER or (fault is Fault.READ_ONLY and self._may_expire()):
                await self._expire(type(error).__name__)
        elif error is None or isinstance(error, Exception):
            await self._release(connection)
        else:
            task = asyncio.create_task(self._release(connection))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def _release(self, connection: Any) -> None:
        try:
            await self.pool.release(connection, timeout=CANCEL_SECONDS)
        except TimeoutError:
            await self._expire("no answer")
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError) as error:
            log.warning("database.connection_ended", error=type(error).__name__)  # asyncpg has closed it

    def _may_expire(self) -> bool:
        return asyncio.get_running_loop().time() - self._expired_at > READ_ONLY_PAUSE_SECONDS

    async def _expire(self, reason: str) -> None:
        """Lets the pool replace every connection that is open now, before its next use."""
        self._expired_at = asyncio.get_running_loop().time()
        log.warning("database.connections_replaced", reason=reason)
        await self.pool.expire_connections()


class _Acquired:
    """A connection for as long as a statement, or several, take."""

    __slots__ = ("_client", "_connection")

    def __init__(self, client: PoolClient) -> None:
        self._client = client

    async def __aenter__(self) -> Any:
        self._connection = await self._client.acquire()
        return self._connection

    async def __aexit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        await self._client.release(self._connection, error)
