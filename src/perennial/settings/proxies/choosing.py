"""Which proxy a request takes, by HTTPS_PROXY, HTTP_PROXY and NO_PROXY. All requests that leave Perennial ask here.

No message shows a value, since one may hold a password.
"""

import re
from base64 import b64encode
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, unquote, urlsplit

from perennial.settings.validators import HTTP, is_loopback

MAPPED_BITS = 96  # of an IPv6 address that stands for an IPv4 one (::ffff:0:0/96); the rest is that
_PORTS = {"http": 80, "https": 443}


class ProxyUrlError(ValueError):
    """What is wrong with the URL: the rest of a sentence that begins with the variable's name."""

    def __init__(self) -> None:
        super().__init__(
            "is not a proxy's URL: http://host:port or https://host:port, perhaps with user:password@ before the host, "
            "and nothing after the port (are characters such as / # ? @ in the password escaped?); SOCKS is not known"
        )


@dataclass(frozen=True)
class Proxy:
    """A forward proxy: how it is spoken to, where it listens, and the Proxy-Authorization that it is sent."""

    scheme: str
    host: str
    port: int
    authorization: str | None = field(default=None, repr=False)

    @property
    def place(self) -> str:
        """Where it listens, for people, without any secret."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """Its URL, without any secret."""
        return f"{self.scheme}://{self.place}"


@dataclass(frozen=True)
class Proxies:
    """The proxy for https URLs, the one for http URLs, and the hosts that are called without (NO_PROXY's value)."""

    https: Proxy | None = None
    http: Proxy | None = None
    direct: str = ""

    def for_url(self, url: str) -> Proxy | None:
        """The proxy for a request to this URL. A loopback host has none, since a proxy has a loopback of its own."""
        try:
            parts = urlsplit(url)
            port = parts.port or _PORTS.get(parts.scheme, 0)
        except ValueError:
            return None
        proxy = {"https": self.https, "http": self.http}.get(parts.scheme)
        host = (parts.hostname or "").rstrip(".")
        return None if proxy is None or is_loopback(host) or self._is_direct(host, port) else proxy

    def _is_direct(self, host: str, port: int) -> bool:
        entries = re.split(r"[,\s]+", self.direct.lower())
        return any(_means(entry, host, port) for entry in entries if entry)


NO_PROXIES = Proxies()


def read_proxy(text: str) -> Proxy:
    """Reads a proxy's URL, whose `http://` may be left out. Raises ProxyUrlError."""
    if re.search(r"[\s\x00-\x1f]", text):  # some of which urlsplit drops
        raise ProxyUrlError
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname or "", parts.port
    except ValueError:  # whose message may show the password
        raise ProxyUrlError from None
    rest = parts.path.rstrip("/") + parts.query + parts.fragment
    if parts.scheme not in HTTP or not re.fullmatch(r"[\w.:-]+", host) or port == 0 or rest:
        raise ProxyUrlError
    return Proxy(parts.scheme, host, port or _PORTS[parts.scheme], _authorization(parts))


def _authorization(parts: SplitResult) -> str | None:
    if parts.username is None:
        return None
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return f"Basic {b64encode(pair.encode()).decode()}"


def _means(entry: str, host: str, port: int) -> bool:
    """Whether an entry of NO_PROXY means the host: `*`, a name and all below it, an address or network; with a port."""
    if entry == "*":
        return True
    name, _, number = entry.rpartition(":")
    if re.fullmatch(r"[^:]+|\[.*\]", name) and number.isdecimal():
        if int(number) != port:
            return False
        entry = name
    entry = entry.strip("[]")
    try:
        return _address(host) in _network(entry)
    except ValueError:  # one of them is a name
        domain = entry.removeprefix("*").strip(".")
        return bool(domain) and f".{host}".endswith(f".{domain}")


def _address(host: str) -> IPv4Address | IPv6Address:
    address = ip_address(host)
    return getattr(address, "ipv4_mapped", None) or address


def _network(entry: str) -> IPv4Network | IPv6Network:
    network = ip_network(entry, strict=False)
    if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped and network.prefixlen >= MAPPED_BITS:
        return IPv4Network((int(network.network_address.ipv4_mapped), network.prefixlen - MAPPED_BITS))
    return network
