"""Checks on the values of settings."""

import os
import stat
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.fernet import Fernet

HTTP = ("http", "https")


def is_loopback_url(url: str) -> bool:
    """Whether the URL's host is a loopback address."""
    try:
        return is_loopback(urlsplit(url).hostname or "")
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Whether the host name or address is loopback, which only this machine can reach.

    An IPv4 address that a socket for both kinds writes as IPv6 (::ffff:127.0.0.1) is what it stands for, and a name
    with the root's dot (localhost.) is the name.
    """
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return host.lower().removesuffix(".") == "localhost"
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def is_unencrypted(url: str) -> bool:
    """Whether requests to the URL would leave this machine as plain text: it is http, and its host is not loopback."""
    return is_url(url, "http") and not is_loopback_url(url)


def is_url(url: str, *schemes: str) -> bool:
    """Whether the URL has one of the schemes and can be parsed, which an unescaped / in a password prevents."""
    try:
        parts = urlsplit(url)
        whole = parts.scheme not in HTTP or bool(parts.hostname)
        return parts.scheme in schemes and whole and parts.port != 0
    except ValueError:  # whose message may show the password
        return False


def http_url_error(url: str) -> str | None:
    """What is wrong with the URL of somebody whom we ask by HTTP: the rest of a sentence; None if nothing is."""
    if not is_url(url, *HTTP):
        return "is not an http or https URL"
    if has_credentials(url):
        return "has a user or a password before its host: take them out, since nobody asks for them and logs show URLs"
    return None


def has_credentials(url: str) -> bool:
    """Whether the URL has a user or a password before its host."""
    try:
        return "@" in urlsplit(url).netloc
    except ValueError:
        return False


def is_origin(value: str) -> bool:
    """Whether the value is an origin as browsers send it: a scheme, a host, perhaps a port."""
    parts = urlsplit(value)
    return is_url(value, *HTTP) and value == f"{parts.scheme}://{parts.netloc}".lower() and not set("@*") & set(value)


def is_private(file: Path) -> bool:
    """Whether it is a plain file that nobody but its owner may use, as the driver wants a file of passwords."""
    try:
        mode = os.stat(file).st_mode
    except OSError:
        return False
    return stat.S_ISREG(mode) and not mode & (stat.S_IRWXG | stat.S_IRWXO)


def is_fernet_key(key: str) -> bool:
    """Whether the key is a Fernet key."""
    try:
        Fernet(key)
    except ValueError:
        return False
    return True
