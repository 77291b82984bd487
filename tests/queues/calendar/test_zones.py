"""Time zones come from the package that we ship, and a name that is none is met with the likely one."""

import re
import zoneinfo
from collections.abc import Iterator
from datetime import timedelta
from importlib import metadata, resources

import pytest
from support.laws.calendars import wall

from perennial.queues.calendar.zones import UnknownZone, find_zone, tzdata_version


@pytest.fixture
def machine_without_zones() -> Iterator[None]:
    zoneinfo.reset_tzpath(to=())
    yield
    zoneinfo.reset_tzpath()


def test_every_zone_of_the_package_is_found_but_the_one_of_machines_that_were_never_set() -> None:
    names = resources.files("tzdata").joinpath("zones").read_text().split()
    assert {str(find_zone(name)) for name in names if name != "Factory"} == set(names) - {"Factory"}


def test_the_machine_is_not_asked(machine_without_zones: None) -> None:
    berlin = find_zone("Europe/Berlin")
    assert wall("2027-07-01").replace(tzinfo=berlin).utcoffset() == timedelta(hours=2)
    assert find_zone("Europe/Berlin") is berlin
    assert berlin is not zoneinfo.ZoneInfo("Europe/Berlin")


def test_the_version_is_iana_s() -> None:
    year, number = metadata.version("tzdata").split(".")[:2]
    assert re.fullmatch(r"20\d\d[a-z]", tzdata_version())
    assert tzdata_version() == f"{year}{'abcdefghijklmnopqrstuvwxyz'[int(number) - 1]}"


@pytest.mark.parametrize(
    ("name", "likely"),
    [
        ("europe/berlin", "Europe/Berlin"),
        ("America/New York", "America/New_York"),
        ("new york", "America/New_York"),
        ("Kolkata", "Asia/Kolkata"),
        ("Europe/Brelin", "Europe/Berlin"),
        ("Amerika/Chicago", "America/Chicago"),
        ("Europe/Berlin\n", "Europe/Berlin"),
        ("utc", "UTC"),
        ("PST", "America/Los_Angeles"),
        ("CEST", "Europe/Berlin"),
    ],
)
def test_the_likely_name_is_given(name: str, likely: str) -> None:
    assert _refusal_of(name) == f"There is no time zone {name!r}: did you mean {likely}?"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Mars/Phobos",
        "Factory",
        "localtime",
        "posixrules",
        "posix/Europe/Berlin",
        "zone.tab",
        "tzdata.zi",
        "__init__.py",
        "Europe",
        "../zones",
        "/etc/localtime",
        "Europe/../Europe/Berlin",
        "Europe/Berlin\0",
    ],
)
def test_what_is_no_zone_is_refused(name: str) -> None:
    sentence = _refusal_of(name)
    assert sentence.startswith(f"There is no time zone {name!r}: ")
    assert (
        sentence.endswith("use a name of the IANA database, as Europe/Berlin.")
        or "did you mean Europe/Berlin?" in sentence
    )


@pytest.mark.parametrize("name", ["UTC+2", "GMT-03:30", "+02:00", "utc +5"])
def test_an_offset_is_no_zone(name: str) -> None:
    assert (
        _refusal_of(name) == f"{name!r} is an offset, which knows no summer time: name a time zone, as Europe/Berlin."
    )


def test_a_long_name_is_cut() -> None:
    assert len(_refusal_of("Europe/" * 10_000)) < 200


@pytest.mark.parametrize(
    "name", ["CET", "EST5EDT", "Etc/GMT+5", "GMT+0", "Asia/Calcutta", "America/Argentina/Buenos_Aires"]
)
def test_every_name_that_iana_has_is_taken(name: str) -> None:
    assert str(find_zone(name)) == name


def _refusal_of(name: str) -> str:
    with pytest.raises(UnknownZone) as refused:
        find_zone(name)
    return str(refused.value)
