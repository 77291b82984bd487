"""How every connection to PostgreSQL is made: the pool's, the migrations' own, and those that only try.

A pooler in transaction mode, such as PgBouncer, gives each transaction another session of PostgreSQL's. So what would
be left in a session is not left there: no prepared statements, no settings, and no startup parameter that a pooler
refuses. Whether there is a pooler is asked of each new connection, because it may come later, or stand before one of
several hosts.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Self

import asyncpg

from perennial.db.connecting import passwords
from perennial.observe.logs import get_logger
from perennial.settings import Pooler
from perennial.settings.database_url import DatabaseUrl, Place

log = get_logger(__name__)

# A process that is frozen in the middle of a transaction holds its locks no longer than this.
IDLE_IN_TRANSACTION = "60s"
# Nor does a statement in a transaction that we left behind a pooler run for longer than this.
STATEMENT_LEFT = "60s"
_STATEMENTS_KEPT = 100
CLOSE_SECONDS = 1.0
# Where the next of several hosts may serve us: this one is away or silent, starts or stops, or takes no writes.
_TRY_NEXT = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.TargetServerAttributeNotMatched,
)

# Sets it for the session, and says that it did, if the session is the one whose key we got when we connected. A pooler
# gives a key of its own (it does not know yet which session it will take), so nothing is set then.
_IF_DIRECT = "SELECT set_config('idle_in_transaction_session_timeout', '{limit}', false) WHERE pg_backend_pid() = {key}"

# The types of arrays that our statements take. The driver looks up each, and switches JIT off meanwhile and on again,
# which may be in two sessions. So it is done at once, in a transaction that is rolled back, which undoes settings too.
_ARRAYS = ("bool", "int2", "int4", "int8", "float8", "text", "varchar", "uuid", "timestamptz", "jsonb")
_KNOW_ARRAYS = f"SELECT {', '.join(f'NULL::{name}[]' for name in _ARRAYS)}"


class Connection(asyncpg.Connection):  # type: ignore[misc]
    """A connection that knows whether a pooler is behind it, and since when it may be used (in the loop's seconds).

    Where `is_left` is set, a statement that is given up is not cancelled, but left with the connection.
    """

    __slots__ = ("behind_pooler", "is_left", "opened_at")

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.behind_pooler = self.is_left = True  # until it is known
        self.opened_at = float("inf")

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 (the driver's)
        """Closes it in good order, or breaks it off after CLOSE_SECONDS; the pool does so with those it replaces.

        Behind a pooler it is broken off at once: the driver's close would have a statement that runs end as if all was
        well. So whoever waits for that gets an error.
        """
        if self.behind_pooler:
            self.terminate()
            return
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
            await super().close(timeout=CLOSE_SECONDS if timeout is None else timeout)

    async def _cancel(self, *waiters: Any) -> None:
        """Breaks a statement off, for whatever reason: by a request to the server; behind a pooler, by leaving.

        A pooler cannot pass such a request on while its server is silent, and PgBouncer 1.18 exits when it can again.
        Only a migration, which takes as long as it takes, asks for it all the same: its statements have no other end.
        """
        if self.is_left:
            self.terminate()  # which also tells those who wait until the statement is broken off
        else:
            await super()._cancel(*waiters)


class Connector:
    """Makes connections to the PostgreSQL that a DATABASE_URL names. It remembers a pooler, and which host served."""

    def __init__(self, url: DatabaseUrl, pooler: Pooler) -> None:
        self.url = url
        self._pooler = pooler
        self._keeps_statements = pooler != Pooler.ON
        self._places = list(url.places)  # in the order in which they are asked
        self._passed_over: set[Place] = set()

    def __deepcopy__(self, memo: Any) -> Self:
        """The same one: a copied configuration names the same database."""
        return self

    async def __call__(self, *_: Any, command_timeout: float | None = None, **of_the_pool: Any) -> Connection:
        """A new connection, as asyncpg's pool asks for it; the pool's own idea of the address is passed over.

        Raises the driver's errors.
        """
        given = {name: value for name, value in of_the_pool.items() if name in {"loop", "record_class"}}
        keeps_statements = self._keeps_statements
        try:
            connection = await self._connect(keeps_statements, command_timeout=command_timeout, **given)
        except asyncpg.PostgresError as error:
            if words := passwords.none_given(error, self.url):
                raise type(error)(words) from error
            raise
        if connection.behind_pooler and keeps_statements and self._pooler == Pooler.AUTO:
            connection.terminate()
            self._note_pooler()
            connection = await self._connect(keeps_statements=False, command_timeout=command_timeout, **given)
        if connection.behind_pooler:
            await _or_terminate(connection, _know_arrays(connection, self.url.connect_seconds))
        connection.is_left = connection.behind_pooler and command_timeout is not None
        connection.opened_at = asyncio.get_running_loop().time()
        return connection

    def _note_pooler(self) -> None:
        if self._keeps_statements:
            self._keeps_statements = False
            log.info("database.pooler", address=self.url.address)

    async def _connect(self, keeps_statements: bool, **given: Any) -> Connection:
        """Asks one host after the other, each for as long as a connection may take: one may be silent for ever."""
        *others, last = self._places
        for place in others:
            try:
                connection = await self._connect_to(place, keeps_statements, **given)
            except _TRY_NEXT as error:
                self._note_passed_over(place, error)
            else:
                return self._serving(place, connection)
        return self._serving(last, await self._connect_to(last, keeps_statements, **given))

    def _note_passed_over(self, place: Place, error: Exception) -> None:
        if place not in self._passed_over:
            self._passed_over.add(place)
            log.warning("database.host_passed_over", host=str(place), error=type(error).__name__)

    def _serving(self, place: Place, connection: Connection) -> Connection:
        """Lets the next connection begin with this host, if whoever is reached is sure to take writes.

        Otherwise the order says who is to be preferred, and we would stay on a standby when the primary is back.
        """
        self._passed_over.discard(place)
        if self.url.takes_writes:
            self._places = [place, *(other for other in self.url.places if other != place)]
        return connection

    async def _connect_to(self, place: Place, keeps_statements: bool, **given: Any) -> Connection:
        connection: Connection = await asyncpg.connect(
            self.url.dsn,
            host=place.host,
            port=place.port,
            user=self.url.user,
            password=self.url.password,
            database=self.url.database,
            timeout=self.url.connect_seconds,
            server_settings=dict(self.url.server_settings),
            statement_cache_size=_STATEMENTS_KEPT if keeps_statements else 0,
            connection_class=Connection,
            **given,
        )
        if self._pooler != Pooler.ON:
            await _or_terminate(connection, _look_for_pooler(connection, self.url.connect_seconds))
        return connection


async def _or_terminate(connection: Connection, work: Coroutine[Any, Any, None]) -> None:
    """Does the work; if it fails or is cancelled, the connection ends."""
    try:
        await work
    except BaseException:
        connection.terminate()
        raise


async def _look_for_pooler(connection: Connection, seconds: float) -> None:
    """Finds out whether there is a pooler, by a statement that is not prepared."""
    ask = _IF_DIRECT.format(limit=IDLE_IN_TRANSACTION, key=connection.get_server_pid())
    connection.behind_pooler = await connection.execute(ask, timeout=seconds) != "SELECT 1"


async def _know_arrays(connection: Connection, seconds: float) -> None:
    looking_up = connection.transaction()
    await looking_up.start()
    await connection.fetch(_KNOW_ARRAYS, timeout=seconds)
    await looking_up.rollback()
