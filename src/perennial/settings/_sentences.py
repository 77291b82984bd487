"""Says in our words what is wrong with a setting's value: what the setting has to be, and never the value."""

from collections.abc import Mapping
from enum import EnumType
from typing import Any, get_args

from pydantic.fields import FieldInfo


def sentence(variable: str, field: FieldInfo, error: Mapping[str, Any]) -> str:
    """The sentence about one of pydantic's errors, which begins with the variable's name.

    What a validator of ours raises is the rest of it. Otherwise it tells what the setting has to be: as its description
    has it, or its type and its range.
    """
    reason = error.get("ctx", {}).get("error")
    return f"{variable} {reason}" if isinstance(reason, ValueError) else f"{variable} has to be {_form(field)}"


def listed(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _form(field: FieldInfo) -> str:
    kind = next((one for one in get_args(field.annotation) if one is not type(None)), field.annotation)
    if field.description:
        return field.description
    if isinstance(kind, EnumType):
        return f"one of {', '.join(one.value for one in kind.__members__.values())}"
    if kind is bool:
        return "true or false"
    if kind in (int, float):
        return f"a {'whole ' if kind is int else ''}number {_range(field)}"
    return "text in UTF-8"  # which a bad escape in an env file may not be


def _range(field: FieldInfo) -> str:
    ends = {name: getattr(one, name) for one in field.metadata for name in ("ge", "gt", "le") if hasattr(one, name)}
    return (
        f"above {ends['gt']:g}, up to {ends['le']:g}" if "gt" in ends else f"from {ends['ge']:.0f} to {ends['le']:.0f}"
    )
