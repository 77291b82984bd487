"""Pure: which environment variables are settings, which are probably misspelt, and which a Service has injected.

Kubernetes tells every pod of a namespace where its Services are. For a Service named `perennial` that is
PERENNIAL_PORT=tcp://10.43.7.62:8000 with six or more siblings, for `perennial-worker` PERENNIAL_WORKER_PORT=tcp://… and
so on: names that look like settings, and that nobody has set.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from difflib import SequenceMatcher, get_close_matches

PREFIX = "PERENNIAL_"

_SERVICE_ADDRESS = re.compile(r"(tcp|udp|sctp)://", re.IGNORECASE)
_SERVICE_VARIABLE = re.compile(
    r"(\w+)_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)", re.IGNORECASE
)

# How alike two names have to be, from 0 to 1. DATABASE_URI and DATABASE_URL are 0.917, and both are usual names: only
# where something is missing it is worth asking.
_ALIKE = 0.7
_PREFIX_ALIKE = 0.8
_UNPREFIXED_ALIKE = 0.92
_UNPREFIXED_ALIKE_IF_INCOMPLETE = 0.88


def is_service_address(value: object) -> bool:
    """Whether the value of a …_PORT is the address of a Kubernetes Service, such as tcp://10.43.7.62:8000."""
    return isinstance(value, str) and bool(_SERVICE_ADDRESS.match(value))


def unknown(
    environment: Mapping[str, str], settings: Collection[str], *, incomplete: bool = False
) -> dict[str, str | None]:
    """The variables that look like settings and are none, each with the setting that was meant, None if none is alike.

    `settings` are the settings' whole names. What a Service has injected is left out.
    """
    found: dict[str, str | None] = {}
    alike = _UNPREFIXED_ALIKE_IF_INCOMPLETE if incomplete else _UNPREFIXED_ALIKE
    unset = {name for name in settings if name not in {one.upper() for one in environment}}
    for name in sorted(environment):
        if name.upper() in settings or _is_injected(name, environment[name]):
            continue
        meant = _meant(name.upper(), settings, unset, alike)
        if meant or name.upper().startswith(PREFIX):
            found[name] = meant
    return found


def _is_injected(name: str, value: str) -> bool:
    by_address = name.upper().endswith("_PORT") and is_service_address(value)
    return by_address or bool(_SERVICE_VARIABLE.fullmatch(name))


def _meant(name: str, settings: Collection[str], unset: Collection[str], unprefixed_alike: float) -> str | None:
    prefix, underscore, rest = name.partition("_")
    if underscore and SequenceMatcher(None, f"{prefix}_", PREFIX).ratio() >= _PREFIX_ALIKE:
        if rest in settings:  # PERENNIAL_DATABASE_URL
            return rest
        close = _closest(rest, (one.removeprefix(PREFIX) for one in settings if one.startswith(PREFIX)), _ALIKE)
        return PREFIX + close if close else None
    return _closest(name, (one for one in unset if not one.startswith(PREFIX)), unprefixed_alike)


def _closest(name: str, names: Iterable[str], alike: float) -> str | None:
    return next(iter(get_close_matches(name, sorted(names), n=1, cutoff=alike)), None)
