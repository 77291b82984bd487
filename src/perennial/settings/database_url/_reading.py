"""What a DATABASE_URL says, and what is wrong with one that cannot be used."""

import os
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from urllib.parse import quote, unquote, urlencode

from perennial.core.errors import SettingsError
from perennial.settings.database_url._hosts import Place, places

SCHEMES = ("postgres", "postgresql")
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
_OF_OTHERS = (
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
_CONNECT_SECONDS = 5.0
_CONNECT_SECONDS_MAX = 300
_FORM = re.compile(
    r"(?P<scheme>[A-Za-z]+)://(?P<netloc>[^/?#]*)(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?(?P<rest>#.*)?"
)


@dataclass(frozen=True)
class DatabaseUrl:
    """What a DATABASE_URL says. `dsn` holds the options that the driver reads; it has no address."""

    places: tuple[Place, ...]
    user: str
    password: str | None = field(repr=False)
    database: str
    connect_seconds: float
    server_settings: Mapping[str, str]
    takes_writes: bool  # whether servers that take none are passed over
    dsn: str = field(repr=False)  # it may hold sslpassword

    @property
    def address(self) -> str:
        """Where the database is, for people: `db.example:5432/perennial`."""
        return f"{','.join(str(place) for place in self.places)}/{self.database}"


def read_database_url(url: str) -> DatabaseUrl:
    """Reads the URL. Raises SettingsError, in a sentence that shows no value, and no name that may be a secret's."""
    parts = _FORM.fullmatch(url.strip())
    if parts is None or parts["scheme"].lower() not in SCHEMES or _is_misread(parts):
        raise _not_a_url()
    options = _options(parts["query"] or "")
    credentials, _, hosts = parts["netloc"].rpartition("@")
    user, _, password = credentials.partition(":")
    database = options.get("dbname") or _decoded((parts["path"] or "/")[1:])
    if not database:
        raise SettingsError(
            "DATABASE_URL names no database: it has to end in /name, as postgres://user@host:5432/perennial"
        )
    return DatabaseUrl(
        places=_places(_decoded(hosts), options),
        user=options.get("user") or _decoded(user) or "postgres",
        password=options.get("password") or _decoded(password) or None,
        database=database,
        connect_seconds=float(options.get("connect_timeout", _CONNECT_SECONDS)),
        server_settings={"application_name": "perennial"} | _only(options, SERVER_OPTIONS),
        takes_writes=options.get("target_session_attrs") in {"read-write", "primary"},
        dsn=f"postgres:///?{urlencode(_only(options, DRIVER_OPTIONS), quote_via=quote)}",
    )


def _not_a_url() -> SettingsError:
    return SettingsError(
        "DATABASE_URL is not a postgres://… URL such as postgres://user:password@host:5432/name "
        "(are /, #, ?, : and @ in its password escaped, and is the port a number?)"
    )


def _is_misread(parts: re.Match[str]) -> bool:
    """Whether a password seems to have been cut by a character of its own, or has one such as U+2100 (which is a/c)."""
    if parts["rest"] or "@" in (parts["path"] or "") or ("@" in (parts["query"] or "") and "@" not in parts["netloc"]):
        return True
    normal = [unicodedata.normalize("NFKC", one) for one in parts["netloc"] if not one.isascii()]
    return any(mark in one for one in normal for mark in "/?#@:")


def _decoded(text: str) -> str:
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError:
        decoded = "\0"
    if "\0" in decoded:
        raise SettingsError("DATABASE_URL has an escape (%…) in it that is no character of UTF-8")
    return decoded


def _places(hosts: str, options: Mapping[str, str]) -> tuple[Place, ...]:
    try:
        return places(hosts, options.get("host"), options.get("port"))
    except ValueError:
        raise _not_a_url() from None


def _options(query: str) -> dict[str, str]:
    """The options by name. What has a bare @ and is not understood whole is the rest of a password with a `?` in it."""
    try:
        return _known_options(query)
    except SettingsError:
        if "@" in query:
            raise _not_a_url() from None
        raise


def _known_options(query: str) -> dict[str, str]:
    """The options by name, every one of which we know. `ssl=true` is libpq's other word for `sslmode=require`."""
    options: dict[str, str] = {}
    for pair in filter(None, query.split("&")):
        name, _, value = (_decoded(part) for part in pair.partition("="))
        if (name, value) == ("ssl", "true"):
            name, value = "sslmode", "require"
        _check(name, value)
        if name in options and name != "port":
            raise SettingsError(f"DATABASE_URL has the option {name} twice")
        if name == "port" and name in options:
            raise _not_a_url()
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
    is_seconds = re.fullmatch("[0-9]{1,3}", value) and 1 <= int(value) <= _CONNECT_SECONDS_MAX
    if name == "connect_timeout" and not is_seconds:
        raise SettingsError(f"DATABASE_URL: {name} is not a number of seconds from 1 to {_CONNECT_SECONDS_MAX}")


def _unknown(name: str) -> str:
    near = {"ssl": ["sslmode"], "database": ["dbname"]}.get(name) or get_close_matches(name.lower(), OPTIONS, 1, 0.8)
    if near and name not in _OF_OTHERS:
        return f"DATABASE_URL has the option {name!r}, which is not known: is {near[0]} meant?"
    named = f"the option {name!r}" if name in _OF_OTHERS else "an option"
    return f"DATABASE_URL has {named}, which is not known: docs/settings.md lists those that there are"


def _only(options: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: options[name] for name in names if name in options}
