"""What a DATABASE_URL says, and what is wrong with one that cannot be used."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from perennial.core.errors import SettingsError
from perennial.settings._not_urls import why_no_url
from perennial.settings.database_url._hosts import Place, places
from perennial.settings.database_url._options import (
    DRIVER_OPTIONS,
    OF_OTHERS,
    OPTIONS,
    SERVER_OPTIONS,
    decoded,
    not_a_url,
    read_options,
)

SCHEMES = ("postgres", "postgresql")
_CONNECT_SECONDS = 5.0
_FORM = re.compile(
    r"(?P<scheme>[A-Za-z]+)://(?P<netloc>[^/?#]*)(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?(?P<rest>#.*)?"
)
# What other programs call the same database by.
_FORMS = (
    (rf"({'|'.join(SCHEMES)})\+", "names a driver in its scheme: leave out the + and what follows it, up to ://"),
    ("jdbc:", "is a URL for JDBC: leave out jdbc:, so that it begins with postgresql://"),
    (
        rf"({'|'.join((*OPTIONS, *OF_OTHERS))})\s*=",
        "is a list of keywords such as host=…, not a URL: write postgres://user:password@host:5432/name",
    ),
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
    passfile: str | None  # the file of passwords that the option names
    dsn: str = field(repr=False)  # it may hold sslpassword

    @property
    def address(self) -> str:
        """Where the database is, for people: `db.example:5432/perennial`."""
        return f"{','.join(str(place) for place in self.places)}/{self.database}"


def read_database_url(url: str) -> DatabaseUrl:
    """Reads the URL. Raises SettingsError, in a sentence that shows no value, and no name that may be a secret's."""
    if error := why_no_url(url.strip(), SCHEMES, _FORMS):
        raise SettingsError(f"DATABASE_URL {error}")
    parts = _FORM.fullmatch(url.strip())
    if parts is None or _is_misread(parts):
        raise not_a_url()
    options = read_options(parts["query"] or "")
    credentials, _, hosts = parts["netloc"].rpartition("@")
    user, _, password = credentials.partition(":")
    database = options.get("dbname") or decoded((parts["path"] or "/")[1:])
    if not database:
        raise SettingsError(
            "DATABASE_URL names no database: it has to end in /name, as postgres://user@host:5432/perennial"
        )
    return DatabaseUrl(
        places=_places(decoded(hosts), options),
        user=options.get("user") or decoded(user) or "postgres",
        password=options.get("password") or decoded(password) or None,
        database=database,
        connect_seconds=float(options.get("connect_timeout", _CONNECT_SECONDS)),
        server_settings={"application_name": "perennial"} | _only(options, SERVER_OPTIONS),
        takes_writes=options.get("target_session_attrs") in {"read-write", "primary"},
        passfile=options.get("passfile"),
        dsn=f"postgres:///?{urlencode(_only(options, DRIVER_OPTIONS), quote_via=quote)}",
    )


def _is_misread(parts: re.Match[str]) -> bool:
    """Whether a password seems to have been cut by a character of its own, or has one such as U+2100 (which is a/c)."""
    if parts["rest"] or "@" in (parts["path"] or "") or ("@" in (parts["query"] or "") and "@" not in parts["netloc"]):
        return True
    normal = [unicodedata.normalize("NFKC", one) for one in parts["netloc"] if not one.isascii()]
    return any(mark in one for one in normal for mark in "/?#@:")


def _places(hosts: str, options: Mapping[str, str]) -> tuple[Place, ...]:
    try:
        return places(hosts, options.get("host"), options.get("port"))
    except ValueError:
        raise not_a_url() from None


def _only(options: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: options[name] for name in names if name in options}
