"""The pool of connections to Redis, to the node that is the master.

After a refusal, which ends one connection, the others of the pool are renewed before they are used again.
"""

import asyncio
import ssl
from typing import Any

from redis.asyncio import BlockingConnectionPool, ConnectionPool
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.exceptions import RedisError

from perennial.core.errors import SettingsError
from perennial.jobs._redis_connections import EndingConnection, TcpConnection, TlsConnection, UnixConnection
from perennial.observe.pools import MeteredPool, PoolUse
from perennial.settings.redis_url import RedisUrl

SENTINEL_SECONDS = 0.5
# A node that refuses writes for long would else have all connections renewed at each of them.
RENEW_SECONDS = 0.25


class FollowingPool(MeteredPool, ConnectionPool):
    """A pool that follows the master: after a refusal, connections that are older are renewed before they are used."""

    def __init__(self, url: RedisUrl, handshakes: Retry, **options: Any) -> None:
        self.url = url
        self.handshakes = handshakes
        self.generation = 0
        self._renewed_at = -RENEW_SECONDS
        self._master: tuple[str, int] | None = None
        self._sentinel = _sentinel(url) if url.master_name else None
        self._tls_context: Any = None
        super().__init__(**_connection_options(url), **options)
        if url.tls:
            self._tls_context = _tls_context(self.make_connection())

    def renew(self) -> None:
        """Has every connection that was made until now renewed before its next use."""
        self.generation += 1

    def renew_for(self, refused: EndingConnection) -> None:
        """The same after a refusal, unless a refusal has renewed the others since, or within RENEW_SECONDS."""
        now = asyncio.get_running_loop().time()
        if refused.generation == self.generation and now - self._renewed_at >= RENEW_SECONDS:
            self._renewed_at = now
            self.renew()

    async def aim(self, connection: Any) -> None:
        """Points the connection to the master, where Sentinels know it. Raises RedisError."""
        if self._sentinel is None or self.url.master_name is None:
            return
        try:
            master = await self._sentinel.discover_master(self.url.master_name)
        finally:
            for sentinel in self._sentinel.sentinels:
                await sentinel.connection_pool.disconnect(inuse_connections=False)
        if self._master not in (None, master):
            self.renew()
        self._master = connection.host, connection.port = master

    def use(self) -> PoolUse:
        """How many connections are in use and idle; there may be any number."""
        idle = sum(one.is_connected for one in self._available_connections)
        return PoolUse(len(self._in_use_connections), idle, None)

    async def get_connection(self, *arguments: Any, **options: Any) -> Any:
        """A connection that is open, for the caller alone. Raises RedisError, OSError."""
        with self.waiting():
            return await super().get_connection(*arguments, **options)

    def make_connection(self) -> Any:
        """A new connection of this pool, which has not connected yet."""
        connection: Any = super().make_connection()  # type: ignore[no-untyped-call]
        connection.pool = self
        if self._tls_context is not None:
            connection.ssl_context = self._tls_context
        return connection

    async def ensure_connection(self, connection: Any) -> None:
        """Connects if need be; first ends a connection that is older than the last refusal."""
        if connection.generation != self.generation:
            await connection.disconnect(nowait=True)
        await super().ensure_connection(connection)


class BoundedFollowingPool(FollowingPool, BlockingConnectionPool):
    """The same with `max_connections`: whoever finds all of them in use waits for one."""

    def use(self) -> PoolUse:
        """How many connections are in use and idle, and how many there may be."""
        return super().use()._replace(bound=self.max_connections)


def _connection_options(url: RedisUrl) -> dict[str, Any]:
    """What redis-py's connections are given. They send no CLIENT SETINFO, which some users may not."""
    place: dict[str, Any]
    if url.socket_path is not None:
        place = {"connection_class": UnixConnection, "path": url.socket_path}
    else:
        host, port = url.nodes[0]
        place = {"connection_class": TlsConnection if url.tls else TcpConnection, "host": host, "port": port}
    user = {"username": url.username, "password": url.password, "db": url.database}
    return {**place, **user, **_tls_options(url), "lib_name": None, "lib_version": None}


def _tls_options(url: RedisUrl) -> dict[str, Any]:
    """The TLS options. Whoever trusts the public authorities has the host's name checked: anybody has such a name."""
    if not url.tls:
        return {}
    given = {name: value for name, value in url.options.items() if name.startswith("ssl_")}
    own_authority = "ssl_ca_certs" in given or "ssl_ca_data" in given or given.get("ssl_cert_reqs") == "none"
    return {"ssl_check_hostname": not own_authority, **given}


def _tls_context(connection: Any) -> Any:
    """The context that all connections share: to make one for each would read the authorities' certificates again."""
    try:
        connection.ssl_context.get()
    except (OSError, ValueError, RedisError) as error:
        words = error.strerror if isinstance(error, OSError) and not isinstance(error, ssl.SSLError) else str(error)
        raise SettingsError(f"REDIS_URL: its ssl_… options cannot be used: {words}") from None
    return connection.ssl_context


def _sentinel(url: RedisUrl) -> Sentinel:
    options: dict[str, Any] = {
        "username": url.sentinel_username,
        "password": url.sentinel_password,
        "socket_connect_timeout": SENTINEL_SECONDS,
        "socket_timeout": SENTINEL_SECONDS,
        "lib_name": None,
        "lib_version": None,
        **({"ssl": True, **_tls_options(url)} if url.tls else {}),
    }
    return Sentinel(url.nodes, sentinel_kwargs=options)  # type: ignore[no-untyped-call]
