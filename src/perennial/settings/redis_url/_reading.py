"""Pure: what a REDIS_URL says, and what is wrong with one that cannot be used."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from perennial.settings._not_urls import why_no_url
from perennial.settings.redis_url._options import ESCAPED, RedisUrlError, is_number, read_options

PORT = 6379
SENTINEL_PORT = 26379
SCHEMES = ("redis", "rediss", "unix", "redis+sentinel", "rediss+sentinel")

_NO_URL = f"is not a {'://…, '.join(SCHEMES[:-1])}://… or {SCHEMES[-1]}://… URL {ESCAPED}"
_FORMS = (
    ("https?://", "is the address of an API by HTTP: take the one that begins with redis:// or rediss://"),
    (r"[\w.-]*sentinel://", "has another scheme: Sentinels are named by redis+sentinel:// or rediss+sentinel://"),
)


class Node(NamedTuple):
    """Where a Redis or a Sentinel listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class RedisUrl:
    """A URL that was read: one node, or a Unix socket, or the Sentinels and the name by which they know the master."""

    nodes: tuple[Node, ...]
    socket_path: str | None
    database: int
    tls: bool
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    master_name: str | None = None
    sentinel_username: str | None = None
    sentinel_password: str | None = field(default=None, repr=False)
    # What else redis-py's connections are given, by redis-py's names.
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def place(self) -> str:
        """Where it is, for people, without any secret: `redis.example:6379, database 0`."""
        nodes = ", ".join(map(str, self.nodes))
        at = f"{self.master_name} (of the Sentinels at {nodes})" if self.master_name else self.socket_path or nodes
        return f"{at}, database {self.database}"


def read_redis_url(text: str) -> RedisUrl:
    """Reads the URL. Raises RedisUrlError, whose message shows no value."""
    if error := why_no_url(text.strip(), SCHEMES, _FORMS):
        raise RedisUrlError(error)
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        raise RedisUrlError(_NO_URL) from None
    # urlsplit drops the last three characters; an @ in the path ends a password that has a / in it.
    if parts.scheme not in SCHEMES or set("#\t\r\n") & set(text.strip()) or "@" in parts.path:
        raise RedisUrlError(_NO_URL)
    tls, sentinel = parts.scheme.startswith("rediss"), parts.scheme.endswith("+sentinel")
    user_info, _, hosts = parts.netloc.rpartition("@")
    username, _, password = user_info.partition(":")
    nodes = () if parts.scheme == "unix" else _nodes(hosts, SENTINEL_PORT if sentinel else PORT, several=sentinel)
    if parts.scheme == "unix" and (hosts or not parts.path.strip("/")):
        raise RedisUrlError("names no path: a Unix socket's URL is unix:///path")
    options = read_options(parts.query, tcp=parts.scheme != "unix", tls=tls, sentinel=sentinel)
    master_name, database = _name_and_database(parts, sentinel=sentinel)
    for name, said in {"username": username, "password": password, "db": database is not None}.items():
        if said and name in options:
            raise RedisUrlError(f"has the option {name}, and says it before the ? as well")
    return RedisUrl(
        nodes=nodes,
        socket_path=unquote(parts.path.rstrip("/")) if parts.scheme == "unix" else None,
        database=options.pop("db", database or 0),
        tls=tls,
        username=unquote(username) or options.pop("username", None),
        password=unquote(password) or options.pop("password", None),
        master_name=master_name,
        sentinel_username=options.pop("sentinel_username", None),
        sentinel_password=options.pop("sentinel_password", None),
        options=options,
    )


def _nodes(hosts: str, default_port: int, *, several: bool) -> tuple[Node, ...]:
    if "," in hosts and not several:
        raise RedisUrlError("names several hosts, which redis+sentinel:// alone may")
    return tuple(_node(text, default_port) for text in hosts.split(","))


def _node(text: str, default_port: int) -> Node:
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:  # whose message may show the password
        raise RedisUrlError(f"has a port that is no number from 1 to 65535 {ESCAPED}") from None
    if not host:
        raise RedisUrlError(f"names no host {ESCAPED}")
    if port == 0:
        raise RedisUrlError("has the port 0")
    return Node(unquote(host), port or default_port)


def _name_and_database(parts: SplitResult, *, sentinel: bool) -> tuple[str | None, int | None]:
    """The master's name and the database as the path has them, with a trailing slash or without."""
    if parts.scheme == "unix":
        return None, None
    name, _, number = parts.path.strip("/").partition("/") if sentinel else ("", "", parts.path.strip("/"))
    if sentinel and not name:
        raise RedisUrlError("names no master: redis+sentinel://host:port,host:port/NAME, as the Sentinels know it")
    if number and not is_number(number):
        raise RedisUrlError(f"names a database that is no number {ESCAPED}")
    return unquote(name) or None, int(number) if number else None
