"""Connections to Redis which end with an error that is theirs, and begin again where they are lost in the handshake.

After a failover the demoted node keeps its clients: it answers what only reads, and refuses every write. So a refusal
ends the connection, and redis-py sends the command again on a fresh one (`redis_connection` says how often).
"""

from typing import Any, Protocol

from redis.asyncio import Connection, SSLConnection, UnixDomainSocketConnection
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ExecAbortError, InvalidResponse, ReadOnlyError, ResponseError

# What a node answers that takes no writes, whose they may be. LOADING and NOAUTH end a connection by redis-py itself.
_REFUSALS = ("READONLY", "MASTERDOWN", "NOREPLICAS", "MISCONF", "CLUSTERDOWN")
_BROKEN = ("Protocol error", "DENIED")
_ABORTED = "Transaction discarded because of: "


class Pool(Protocol):
    """What a connection asks of its pool: where the master is, how often to begin again, and that others be renewed."""

    generation: int
    handshakes: Retry

    async def aim(self, connection: Any) -> None: ...
    def renew_for(self, refused: Any) -> None: ...


class WritesRefused(RedisConnectionError):
    """The node takes no writes, or the connection is broken, so it was ended; the message is the node's answer."""


class HandshakeLost(RedisConnectionError):
    """The connection was ended before it could be used, as a proxy does whose Redis is away, or a Redis that ends."""


def _refusal(error: ResponseError) -> str | None:
    answer = f"READONLY {error}" if isinstance(error, ReadOnlyError) else str(error)
    if isinstance(error, ExecAbortError):
        answer = answer.removeprefix(_ABORTED)
    return answer if answer.startswith((*_REFUSALS, *_BROKEN)) else None


class EndingConnection(AbstractConnection):
    """A connection that ends when its node refuses writes, and that is as old as its pool was when it connected."""

    pool: Pool
    generation = 0

    async def connect(self) -> None:
        """Connects, and begins again if the connection is lost in the handshake, which redis-py does not try again.

        Raises RedisError.
        """
        await self.pool.handshakes.call_with_retry(super().connect, lambda _: self.disconnect())

    async def on_connect(self) -> None:
        """Says who we are, and which database we want. Raises RedisError."""
        try:
            await super().on_connect()
        except RedisConnectionError as error:
            if type(error) is not RedisConnectionError:  # an answer, such as a password's refusal
                raise
            raise HandshakeLost(*error.args) from error

    async def _connect(self) -> None:
        """One of the attempts of `connect`, each to the node that is the master then. Raises RedisError, OSError."""
        await self.pool.aim(self)
        self.generation = self.pool.generation
        await super()._connect()  # type: ignore[no-untyped-call,safe-super]

    async def read_response(self, *arguments: Any, **options: Any) -> Any:
        """The answer. Raises WritesRefused, which is a ConnectionError: redis-py then tries a fresh connection."""
        try:
            return await super().read_response(*arguments, **options)
        except InvalidResponse as error:
            raise RedisConnectionError(f"this is no answer of Redis: {error}") from error
        except ResponseError as error:
            answer = _refusal(error)
            if answer is None:
                raise
            await self.disconnect(nowait=True)
            self.pool.renew_for(self)
            raise WritesRefused(answer) from error


class TcpConnection(EndingConnection, Connection):
    pass


class TlsConnection(EndingConnection, SSLConnection):
    pass


class UnixConnection(EndingConnection, UnixDomainSocketConnection):
    pass
