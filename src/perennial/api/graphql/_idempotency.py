"""The idempotency key of a mutation, with what the mutation was asked for, in plain values."""

from dataclasses import is_dataclass
from datetime import datetime
from typing import Any

from perennial.api.graphql._arguments import or_none
from perennial.api.graphql.context import Info
from perennial.idempotency.keys import Key


def key_of(info: Info, text: str | None, given: Any, now: datetime) -> Key | None:
    """The caller's key for this field of theirs; None where they gave none. Raises InvalidInput."""
    text = or_none(text)
    return None if text is None else Key.of(info.context.owner, text, info.field_name, _plain(given), now)


def _plain(value: Any) -> Any:
    """An input as lists, names and scalars. What is left out is as null, and in neither case there.

    So a field that a newer version adds makes no other input of an old one.
    """
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if not is_dataclass(value):
        return value
    given = {name: or_none(one) for name, one in vars(value).items()}
    return {name: _plain(one) for name, one in given.items() if one is not None}
