"""The numbers: as they are set, or as they follow from the limit on open files."""

import resource
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from perennial.settings import Settings

CONNECTIONS_MAX = 10_000  # where nothing else limits them
FILES_OF_OUR_OWN = 64  # log, database files, Redis, timers, and some to spare
BODY_GRACE_SECONDS = 5.0  # the application gives up on a body first, and says so in GraphQL's format


@dataclass(frozen=True)
class Bounds:
    """Connections in all and of one address, seconds and bytes of a head, seconds of a body and of a slow reader.

    `unread_bytes` is what may wait for all readers together. `trusted` are proxies, for whom no bound of one address
    holds.
    """

    connections: int
    per_address: int
    trusted: tuple[IPv4Network | IPv6Network, ...]
    head_seconds: float
    head_bytes: int
    body_seconds: float
    reader_seconds: float
    unread_bytes: int

    @classmethod
    def of(cls, settings: Settings) -> "Bounds":
        """The bounds of a process with these settings."""
        connections = settings.connections_max or _most_connections(settings)
        return cls(
            connections=connections,
            per_address=settings.connections_per_address_max or max(1, connections // 2),
            trusted=tuple(ip_network(entry, strict=False) for entry in settings.trusted_proxies),
            head_seconds=settings.head_seconds_max,
            head_bytes=settings.head_bytes_max,
            body_seconds=settings.request_seconds_max + BODY_GRACE_SECONDS,
            reader_seconds=settings.reader_seconds_max,
            unread_bytes=settings.unread_bytes_max,
        )

    def trusts(self, host: str) -> bool:
        """Whether the address is that of a proxy, behind which there are many clients."""
        address = _address(host)
        return address is not None and any(address in network for network in self.trusted)


def client_of(host: str) -> str:
    """Whom connections from the address belong to: an IPv6 client has a whole /64."""
    address = _address(host)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address) >> 64 << 64, 64)))
    return str(address) if address else host


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _most_connections(settings: Settings) -> int:
    """What the limit on open files leaves: the platforms' and the database's connections need some as well."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return CONNECTIONS_MAX
    ours = FILES_OF_OUR_OWN + settings.database_pool_size + 2 * settings.platform_requests_max
    return max(1, min(CONNECTIONS_MAX, files - min(ours, files // 2)))
