"""The options that a DATABASE_URL has after its `?`: each is known, and may have its value."""

import os
import re
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import unquote

from perennial.core.errors import SettingsError
from perennial.settings.validators import is_private

# What asyncpg reads itself.
DRIVER_OPTIONS = (
    "sslmode",
    "sslnegotiation",
    "sslcert",
    "sslkey",
    "sslrootcert",
    "sslcrl",
    "sslpassword",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
    "target_session_attrs",
    "passfile",
    "krbsrvname",
    "gsslib",
)
# What the server is told when a connection begins.
SERVER_OPTIONS = ("application_name", "options")
# What says no more than asyncpg does anyway: it has neither channel binding nor encryption by GSS.
SATISFIED_OPTIONS = ("channel_binding", "gssencmode")
ADDRESS_OPTIONS = ("host", "port", "user", "password", "dbname", "connect_timeout")
OPTIONS = (*ADDRESS_OPTIONS, *DRIVER_OPTIONS, *SERVER_OPTIONS, *SATISFIED_OPTIONS)
# What libpq and other clients know, and we do not. A name on no list is not shown: it may be a piece of a password.
OF_OTHERS = (
    *("keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout", "hostaddr"),
    *("service", "servicefile", "client_encoding", "fallback_application_name", "replication", "load_balance_hosts"),
    *("require_auth", "requirepeer", "requiressl", "sslcertmode", "sslcompression", "sslsni", "min_protocol_version"),
    *("max_protocol_version", "pgbouncer", "schema", "connection_limit", "pool_timeout", "statement_cache_size"),
)

_TLS_VERSIONS = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_CHOICES = {
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "sslnegotiation": ("postgres", "direct"),
    "ssl_min_protocol_version": _TLS_VERSIONS,
    "ssl_max_protocol_version": _TLS_VERSIONS,
    "target_session_attrs": ("any", "read-write", "primary"),  # the others lead to servers that take no writes
    "gsslib": ("gssapi", "sspi"),
    "channel_binding": ("disable", "prefer"),
    "gssencmode": ("disable", "prefer"),
}
_FILES = ("sslcert", "sslkey", "sslrootcert", "sslcrl", "passfile")
_CONNECT_SECONDS_MAX = 300


def not_a_url() -> SettingsError:
    """The error for what begins as such a URL and goes on as none."""
    return SettingsError(
        "DATABASE_URL is not a postgres://… URL such as postgres://user:password@host:5432/name "
        "(are /, #, ?, : and @ in its password escaped, and is the port a number?)"
    )


def decoded(text: str) -> str:
    """A part of the URL, without its escapes. Raises SettingsError if one of them is no character."""
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError:
        decoded = "\0"
    if "\0" in decoded:
        raise SettingsError("DATABASE_URL has an escape (%…) in it that is no character of UTF-8")
    return decoded


def read_options(query: str) -> dict[str, str]:
    """The options by name. What has a bare @ and is not understood whole is the rest of a password with a `?` in it."""
    try:
        return _known_options(query)
    except SettingsError:
        if "@" in query:
            raise not_a_url() from None
        raise


def _known_options(query: str) -> dict[str, str]:
    """The options by name, every one of which we know. `ssl=true` is libpq's other word for `sslmode=require`."""
    options: dict[str, str] = {}
    for pair in filter(None, query.split("&")):
        name, _, value = (decoded(part) for part in pair.partition("="))
        if (name, value) == ("ssl", "true"):
            name, value = "sslmode", "require"
        _check(name, value)
        if name in options and name != "port":
            raise SettingsError(f"DATABASE_URL has the option {name} twice")
        if name == "port" and name in options:
            raise not_a_url()
        options[name] = value
    return options


def _check(name: str, value: str) -> None:
    """Raises SettingsError unless the option is known, and may have this value."""
    if name not in OPTIONS:
        raise SettingsError(_unknown(name))
    if not value:
        raise SettingsError(f"DATABASE_URL has the option {name} without a value")
    if name in _CHOICES and value not in _CHOICES[name]:
        raise SettingsError(f"DATABASE_URL: {name} has to be one of {', '.join(_CHOICES[name])}")
    if (name, value) == ("sslrootcert", "system"):
        raise SettingsError("DATABASE_URL: sslrootcert has to name a file, such as /etc/ssl/certs/ca-certificates.crt")
    if name in _FILES and not os.access(value, os.R_OK):
        raise SettingsError(f"DATABASE_URL: {name} names no file that can be read")
    if name == "passfile" and not is_private(Path(value)):
        raise SettingsError("DATABASE_URL: its passfile may be used by others than its owner, or is no file: chmod 600")
    is_seconds = re.fullmatch("[0-9]{1,3}", value) and 1 <= int(value) <= _CONNECT_SECONDS_MAX
    if name == "connect_timeout" and not is_seconds:
        raise SettingsError(f"DATABASE_URL: {name} is not a number of seconds from 1 to {_CONNECT_SECONDS_MAX}")


def _unknown(name: str) -> str:
    near = {"ssl": ["sslmode"], "database": ["dbname"]}.get(name) or get_close_matches(name.lower(), OPTIONS, 1, 0.8)
    if near and name not in OF_OTHERS:
        return f"DATABASE_URL has the option {name!r}, which is not known: is {near[0]} meant?"
    named = f"the option {name!r}" if name in OF_OTHERS else "an option"
    return f"DATABASE_URL has {named}, which is not known: docs/settings.md lists those that there are"
