"""The hosts and ports of a DATABASE_URL: one or several, names, addresses or folders of Unix sockets."""

import re
from typing import NamedTuple

DEFAULT_HOST = "localhost"
DEFAULT_PORT = 5432
_HOST_AND_PORT = re.compile(r"(?P<host>\[[^\[\]]+\]|[^:\[\]]*)(?::(?P<port>[^:]*))?")


class Place(NamedTuple):
    """Where a PostgreSQL may be: a host and port, or the folder of a Unix socket and the port in its name."""

    host: str
    port: int

    def __str__(self) -> str:
        """As people write it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def places(netloc: str, hosts_option: str | None, ports_option: str | None) -> tuple[Place, ...]:
    """Every place that the URL names, in its order; as in libpq, the options override what stands before the path.

    One port holds for all hosts. Raises ValueError if a port is no port, or if there are not as many as hosts.
    """
    pairs = [_pair(one) for one in netloc.split(",")]
    hosts = hosts_option.split(",") if hosts_option is not None else [host for host, _ in pairs]
    texts = ports_option.split(",") if ports_option is not None else [port for _, port in pairs]
    ports = [_port(text) for text in texts]
    if len(ports) == 1:
        ports *= len(hosts)
    return tuple(Place(host or DEFAULT_HOST, port) for host, port in zip(hosts, ports, strict=True))


def _pair(text: str) -> tuple[str, str]:
    found = _HOST_AND_PORT.fullmatch(text)
    if found is None:
        raise ValueError("not a host with a port")
    return found["host"].strip("[]"), found["port"] or ""


def _port(text: str) -> int:
    """The port; the usual one where there is none."""
    if not text:
        return DEFAULT_PORT
    if not (re.fullmatch("[0-9]{1,5}", text) and 0 < int(text) < 65536):
        raise ValueError("not a port")
    return int(text)
