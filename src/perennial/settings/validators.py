"""Whether a setting's value is what it has to be."""

from ipaddress import ip_address
from urllib.parse import parse_qs, urlsplit

from cryptography.fernet import Fernet

HTTP = ("http", "https")


def leads_to_loopback(url: str) -> bool:
    """Whether the URL is of something on this machine alone."""
    try:
        return is_loopback(urlsplit(url).hostname or "")
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Whether the host name or address can be reached from this machine alone."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def is_url(url: str, *schemes: str) -> bool:
    """Whether it has one of the schemes and can be taken apart, which an unescaped / in a password prevents."""
    try:
        parts = urlsplit(url)
        whole = parts.scheme not in HTTP or bool(parts.hostname)
        port = parse_qs(parts.query).get("port", ["1"])[-1]  # as libpq has it, of a Unix socket
        return parts.scheme in schemes and whole and parts.port != 0 and port.isascii() and 0 < int(port) < 65536
    except ValueError:  # whose message may show the password
        return False


def is_origin(value: str) -> bool:
    """Whether it is where a page can come from, as browsers write it: a scheme, a host, perhaps a port."""
    parts = urlsplit(value)
    return is_url(value, *HTTP) and value == f"{parts.scheme}://{parts.netloc}".lower() and not set("@*") & set(value)


def is_fernet_key(key: str) -> bool:
    """Whether the key can encrypt tokens."""
    try:
        Fernet(key)
    except ValueError:
        return False
    return True
