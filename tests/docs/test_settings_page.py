"""docs/settings.md lists every setting with its default and its range, and nothing else; docs/protocol.md agrees."""

import re
from enum import EnumType
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from perennial.settings import Settings
from perennial.settings.redis_url import _options

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "settings.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in re.sub(r"\| \|", "|  |", TEXT.partition("\n## ")[0]).splitlines()
    if line.startswith("| `")
]
PAGE = {row[0].strip("`"): row[1:] for row in ROWS}
PREFIX = "1 to 64 of `A` to `Z`, `a` to `z`, `0` to `9`, `_`, `.`, `:` and `-`"
FIELDS = {
    str(field.validation_alias or f"PERENNIAL_{name.upper()}"): field for name, field in Settings.model_fields.items()
}


def words(cell: str) -> list[str]:
    """What stands in `code` in a cell."""
    return re.findall(r"`([^`]*)`", cell)


def kind(field: FieldInfo) -> Any:
    """The type of a setting, without `| None`."""
    return next((one for one in get_args(field.annotation) if one is not type(None)), field.annotation)


def documented(field: FieldInfo) -> str:
    """What the page has to say of a default."""
    default = field.default
    if default in (None, ()):
        return "\N{EN DASH}"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


def bounds(field: FieldInfo) -> dict[str, float]:
    """The ends of a number's range, as pydantic has them: ge, gt, le, lt."""
    return {
        name: getattr(one, name)
        for one in field.metadata
        for name in ("ge", "gt", "le", "lt")
        if getattr(one, name, None) is not None
    }


def test_the_page_lists_every_setting_once_and_nothing_else():
    assert sorted(row[0].strip("`") for row in ROWS) == sorted(FIELDS)


@pytest.mark.parametrize("variable", FIELDS)
def test_the_default_is_the_codes(variable):
    assert not isinstance(FIELDS[variable].default, SecretStr)
    assert PAGE[variable][0] == documented(FIELDS[variable])


@pytest.mark.parametrize("variable", FIELDS)
def test_the_range_is_the_codes(variable):
    field, said = FIELDS[variable], PAGE[variable][1]
    ends = bounds(field)
    if isinstance(kind(field), EnumType):
        assert sorted(words(said)) == sorted(kind(field))
    elif ends.keys() == {"ge", "le"}:
        assert said == f"{ends['ge']:,} to {ends['le']:,}"
    elif ends.keys() == {"gt", "le"}:
        assert said == f"above {ends['gt']:g}, up to {ends['le']:g}"
    elif patterns := [one.pattern for one in field.metadata if getattr(one, "pattern", None)]:
        in_words = {r"^\d{6}$": "six digits", r"^[A-Za-z0-9_.:-]{1,64}$": PREFIX}.get(patterns[0])
        assert said == in_words if in_words else patterns == [f"^({'|'.join(words(said))})$"]
    else:
        assert (ends, said) == ({}, "")


def test_the_options_of_the_url_of_redis_are_the_codes():
    section = TEXT.partition("## The URL of Redis\n")[2].partition("\n## ")[0]
    rows = section.partition("| option |")[2].splitlines()
    documented = [name for row in rows if row.startswith("| `") for name in words(row.split(" | ")[0])]
    known = {**_options._ANYWHERE, **_options._TCP, **_options._TLS}
    assert sorted(documented) == sorted(known)
    assert all(f"?{name}=" in section for name in _options._SENTINEL)


def test_what_is_required_in_production_is_marked():
    required = {"DATABASE_URL", "REDIS_URL", "PERENNIAL_ISSUER", "PERENNIAL_TOKEN_KEYS"}
    assert {variable for variable, row in PAGE.items() if row[2].startswith("**required**")} == required


def test_the_limits_of_the_protocol_have_the_same_defaults():
    table = re.findall(r"^\|[^|]*\| ([\d,]+) \| `(\w+)`", (DOCS / "protocol.md").read_text(), re.MULTILINE)
    assert len(table) >= 13
    assert {name: number.replace(",", "") for number, name in table} == {
        name: PAGE[name][0].strip("`") for _, name in table
    }
