"""Time zones by their IANA names, from the package tzdata that we ship: the machine's data may be old, or missing."""

import re
from difflib import get_close_matches
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

import tzdata

_ZONE_LENGTH_MAX = 64
_UNSET = "Factory"  # the zone of a machine for which none was ever chosen
# What people write and IANA does not have, each with a city of those who write it.
_ABBREVIATIONS = {
    "aedt": "Australia/Sydney",
    "aest": "Australia/Sydney",
    "bst": "Europe/London",
    "cdt": "America/Chicago",
    "cest": "Europe/Berlin",
    "cst": "America/Chicago",
    "edt": "America/New_York",
    "ist": "Asia/Kolkata",
    "jst": "Asia/Tokyo",
    "mdt": "America/Denver",
    "pdt": "America/Los_Angeles",
    "pst": "America/Los_Angeles",
}


class UnknownZone(ValueError):
    """No time zone has this name. The message is a sentence for a person, with the likely name if there is one."""


def find_zone(name: str) -> ZoneInfo:
    """The time zone of this IANA name, Europe/Berlin for example; UnknownZone if it is not exactly the name of one."""
    if name not in _names():
        raise UnknownZone(_refusal(name))
    return _read(name)


def tzdata_version() -> str:
    """The version of the data, as IANA names it: 2026f for example."""
    return str(tzdata.IANA_VERSION)


@cache
def _names() -> frozenset[str]:
    return frozenset(resources.files(tzdata).joinpath("zones").read_text(encoding="utf-8").split()) - {_UNSET}


@cache
def _read(name: str) -> ZoneInfo:
    with resources.files(tzdata).joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def _refusal(name: str) -> str:
    if re.fullmatch(r"(utc|gmt|z)?\s*[+-]\s*\d{1,2}(:?\d\d)?", name.strip().lower()):
        return f"{name!r} is an offset, which knows no summer time: name a time zone, as Europe/Berlin."
    likely = _likely(name) if len(name) <= _ZONE_LENGTH_MAX else None
    hint = f"did you mean {likely}?" if likely else "use a name of the IANA database, as Europe/Berlin."
    shown = name if len(name) <= _ZONE_LENGTH_MAX else f"{name[:_ZONE_LENGTH_MAX]}…"
    return f"There is no time zone {shown!r}: {hint}"


def _likely(name: str) -> str | None:
    """The name that was probably meant: of that city, for that abbreviation, or written almost like it."""
    plain, known = _plain(name), _by_plain_name()
    found = known.get(plain) or _ABBREVIATIONS.get(plain)
    if found or not plain:
        return found
    near = [one for one in known if one[0] == plain[0] and abs(len(one) - len(plain)) <= 2]
    close = get_close_matches(plain, near, n=1, cutoff=0.8)
    return known[close[0]] if close else None


@cache
def _by_plain_name() -> dict[str, str]:
    """Each name by what is left of it in small letters, and by its city alone; a name itself goes first."""
    names = sorted(_names(), key=lambda name: (name.count("/"), name))
    cities = {_plain(name.rpartition("/")[2]): name for name in reversed(names) if not name.startswith("Etc/")}
    return cities | {_plain(name): name for name in names}


def _plain(name: str) -> str:
    return re.sub("[^a-z0-9/+-]", "", name.lower())
