"""Makes the idempotency key of a mutation from the caller's text and the mutation's input."""

from dataclasses import is_dataclass
from datetime import datetime
from typing import Any

from perennial.api.graphql._arguments import unset_to_none
from perennial.api.graphql.context import Info
from perennial.idempotency.keys import Key


def key_of(info: Info, text: str | None, arguments: Any, now: datetime) -> Key | None:
    """The key for the mutation that is being resolved; None if the caller sent none. Raises InvalidInput."""
    text = unset_to_none(text)
    return None if text is None else Key.of(info.context.owner, text, info.field_name, _plain_values(arguments), now)


def _plain_values(value: Any) -> Any:
    """Turns an input into dicts, lists and scalars, without the fields that are null or left out.

    So a field that a newer version adds does not change the fingerprint of an old input.
    """
    if isinstance(value, list):
        return [_plain_values(one) for one in value]
    if not is_dataclass(value):
        return value
    fields = {name: unset_to_none(one) for name, one in vars(value).items()}
    return {name: _plain_values(one) for name, one in fields.items() if one is not None}
