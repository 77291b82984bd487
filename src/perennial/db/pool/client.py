"""The ORM's client of PostgreSQL, over a pool that broken connections leave and in which nobody waits without an end.

asyncpg's pool gives out the connection that came back last, and closes only what nobody has used for minutes. So a busy
pool keeps its sessions for ever, read-only ones as well. And a statement that is cancelled waits for the server's
answer to that, for as long as a statement may take; behind a pooler its connection is left instead. Found by reading
and running asyncpg 0.32 (pool.py, protocol/protocol.pyx) and tortoise-orm 1.1.9 (backends/asyncpg/client.py).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, TypeVar

import asyncpg
from asyncpg.transaction import Transaction
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper

from perennial.db.commits import committing
from perennial.db.connecting.connector import IDLE_IN_TRANSACTION, STATEMENT_LEFT
from perennial.db.pool.faults import NoFreeConnection, ends_connection, is_read_only, was_refused
from perennial.db.pool.read_only import check_writable, reports_read_only
from perennial.observe.logs import get_logger
from perennial.observe.pools import MeteredPool, PoolUse

log = get_logger(__name__)

ACQUIRE_SECONDS = 30.0  # as long as a statement may take
# So long a server may take to answer that it has broken off a statement, or rolled a transaction back.
CANCEL_SECONDS = 2.0
# A session that is younger and read-only is not replaced: another one would be read-only too.
READ_ONLY_PAUSE_SECONDS = 0.25

# Until the transaction ends. A statement that we leave behind a pooler goes on in PostgreSQL, with its locks, so it
# gets an end too, after our own limit on statements. If the role has one, whoever set it knows better.
_LIMITS_BEHIND_POOLER = f"""
    SET LOCAL idle_in_transaction_session_timeout = '{IDLE_IN_TRANSACTION}';
    SELECT set_config('statement_timeout', '{STATEMENT_LEFT}', true) WHERE current_setting('statement_timeout') = '0'
"""

T = TypeVar("T")


class PoolClient(AsyncpgDBClient, MeteredPool):
    """The client of a process. What is in a transaction runs on one of its connections (`transaction`).

    An error that belongs to a connection ends it, and lets the pool replace all that are open before their next use:
    they lead to the same server. So a second try is on a new connection.
    """

    def __init__(self, **credentials: Any) -> None:
        super().__init__(**credentials)
        self._leaving: set[asyncio.Task[None]] = set()
        self._expired_at = float("-inf")

    async def create_pool(self, **options: Any) -> asyncpg.Pool:
        """Opens the pool; the ORM calls it before the first statement."""
        self.pool = await super().create_pool(**options)
        self.meter_as("database")
        return self.pool

    def use(self) -> PoolUse:
        """How many connections of the pool are in use and idle, and how many there may be."""
        size, idle = self.pool.get_size(), self.pool.get_idle_size()
        return PoolUse(size - idle, idle, self.pool.get_max_size())

    async def execute_query(self, query: str, values: Any = None) -> Any:
        """Runs a statement outside of transactions; once more if its connection ended and it has had no effect."""
        return await self._again(lambda: super(PoolClient, self).execute_query(query, values), reads=_reads(query))

    async def execute_query_dict(self, query: str, values: Any = None) -> Any:
        """The same, with dictionaries for rows."""
        return await self._again(lambda: super(PoolClient, self).execute_query_dict(query, values), reads=_reads(query))

    async def fetch(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        """The same, with asyncpg's records for rows."""

        async def run() -> list[Any]:
            async with self.acquire_connection() as connection:
                self.log.debug("%s: %s", query, values)
                return list(await connection.fetch(query, *values))

        return await self._again(run, reads=_reads(query))

    async def check_writable(self) -> None:
        """Raises ReadOnlySQLTransactionError, with the reason, if no session may write, not even a new one."""

        async def check() -> None:
            async with self.acquire_connection() as connection:
                await check_writable(connection)

        await self._again(check, reads=True)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[TransactionWrapper]:
        """The ORM's client for a transaction, which is committed at the block's end, or rolled back if that fails.

        It begins on a new connection if the first one turns out to be broken or read-only. Only a session that has
        just begun may be read-only: what only reads may be on a standby.
        """
        trusted_from = _now() - READ_ONLY_PAUSE_SECONDS
        connection, block, acquired = await self._again(lambda: self._begin(trusted_from), reads=True)
        async with acquired:
            inner = TransactionWrapper(self)
            inner._connection = connection
            yield inner
            with committing(was_refused):
                await block.__aexit__(None, None, None)  # COMMIT

    async def _begin(self, trusted_from: float) -> tuple[Any, Transaction, AsyncExitStack]:
        """A connection, the transaction that has begun on it, and what gives both back."""
        async with AsyncExitStack() as acquired:
            connection = await acquired.enter_async_context(self.acquire_connection())
            block = connection.transaction()
            # Entered, not started: so what is left open is rolled back when the connection is released.
            await block.__aenter__()
            if connection.behind_pooler:  # else the session has it
                await connection.execute(_LIMITS_BEHIND_POOLER)
            if reports_read_only(connection) and connection.opened_at < trusted_from:
                raise asyncpg.ReadOnlySQLTransactionError("The server says that this session is read-only.")
            return connection, block, acquired.pop_all()

    async def _again(self, run: Callable[[], Awaitable[T]], *, reads: bool) -> T:
        """Runs it; once more if an error ended its connection, and it only reads or was refused as a write.

        The pool has been expired since then, so the second connection is a new one. If it was not, then another
        connection would be no better, or there was none to begin with.
        """
        expired_at = self._expired_at
        try:
            return await run()
        except Exception as error:
            may_repeat = is_read_only(error) or (reads and ends_connection(error))
            if not may_repeat or self._expired_at == expired_at:
                raise
        return await run()

    @asynccontextmanager
    async def acquire_connection(self) -> AsyncIterator[Any]:  # type: ignore[override]
        """A connection for as long as the block takes; what the block leaves open is rolled back.

        It leaves the pool if the block raises an error that belongs to it. Raises NoFreeConnection if there is none
        for ACQUIRE_SECONDS. Nobody who was cancelled waits for the end.
        """
        await super().acquire_connection().ensure_connection()
        with self.waiting():
            connection = await self._free_connection()
        opened_at = connection.opened_at
        try:
            yield connection
        except Exception as error:
            if ends_connection(error):
                await self._end(connection, opened_at, error)
            else:
                await self._release(connection, opened_at)
            raise
        except BaseException:
            task = asyncio.create_task(self._release(connection, opened_at))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)
            raise
        await self._release(connection, opened_at)

    async def _free_connection(self) -> Any:
        limit = asyncio.timeout(ACQUIRE_SECONDS)
        try:
            async with limit:
                return await self.pool.acquire()
        except TimeoutError as error:
            if limit.expired():
                raise NoFreeConnection(f"no connection became free in {ACQUIRE_SECONDS:g} s") from error
            raise  # the server let a new one wait for too long

    async def _release(self, connection: Any, opened_at: float) -> None:
        """Gives it back, in good order; asyncpg closes it if that fails."""
        try:
            await self.pool.release(connection, timeout=CANCEL_SECONDS)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError) as error:
            await self._end(connection, opened_at, error)

    async def _end(self, connection: Any, opened_at: float, error: Exception) -> None:
        """Closes the connection, and lets the pool replace all others, unless that has happened since it was opened."""
        with suppress(asyncpg.InterfaceError):  # it has left already, as the server closed it
            connection.terminate()
        is_in_vain = is_read_only(error) and _now() - opened_at < READ_ONLY_PAUSE_SECONDS
        if opened_at >= self._expired_at and not is_in_vain:
            self._expired_at = _now()
            log.warning("database.connections_replaced", reason=type(error).__name__)
            await self.pool.expire_connections()


def _reads(query: str) -> bool:
    """Whether it may be run twice. (A test holds that no SELECT of ours calls a function with an effect.)"""
    return query.lstrip()[:6].upper() == "SELECT"


def _now() -> float:
    return asyncio.get_running_loop().time()
