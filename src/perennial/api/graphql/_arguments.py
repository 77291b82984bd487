"""Reads the arguments of all topics: ids, the idempotency key of a mutation, and values that may be left out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from strawberry import ID, UNSET
from strawberry.types.base import StrawberryContainer, get_object_definition

from perennial.api.graphql.context import Info
from perennial.api.limits.cost import IDS_MAX
from perennial.core.errors import InvalidInput, NotFound
from perennial.idempotency.keys import Key
from perennial.observe.logs import bind_log_ids

IDEMPOTENCY_KEY = (
    "A name that the caller chooses for this request, of 1 to 255 characters, one of which can be seen. If the request "
    "is repeated within 24 hours with the same key and the same input, it creates nothing and returns what the first "
    "request created, in its current state. The error is CONFLICT if the key was used with another input or in another "
    "mutation, or if what it created was deleted. If the key is left out or null, each request creates something."
)

STATUS = (
    "Only entries in one of these states are returned; of an empty list, none. If it is left out or null, entries in "
    "any state are."
)
ORDER_BY = "The order of the list, to which its cursors belong. null selects the default."

# The metadata of an input's field that a later version added with a default, which says no more than its absence.
ADDED_WITH_DEFAULT = {"added with default": True}

Value = TypeVar("Value")


def unset_to_none(value: Value | None) -> Value | None:
    """The value, or None if it was left out. (Defaults are UNSET because null would show in the schema.)"""
    return None if value is UNSET else value


def parse_id(noun: str, value: ID) -> UUID:
    """Parses an id and binds it to the log. Raises NotFound for a malformed id, as for one that does not exist."""
    found = uuid_or_none(value)
    if found is None:
        raise NotFound(noun)
    bind_log_ids(**{noun: str(found)})
    return found


def uuid_or_none(value: ID) -> UUID | None:
    """The id, or None if it is malformed, so that there can be nothing that has it."""
    try:
        return UUID(value)
    except ValueError:
        return None


def check_ids(ids: Sequence[ID], at_least: int = 0) -> None:
    """Raises InvalidInput if there are too many ids, or too few."""
    if not at_least <= len(ids) <= IDS_MAX:
        raise InvalidInput("ids", f"There must be from {at_least} to {IDS_MAX} ids.")


def id_or_none(value: object) -> ID | None:
    """The value as an ID, or None."""
    return ID(str(value)) if value else None


def key_of(info: Info, text: str | None, arguments: Any, now: datetime) -> Key | None:
    """The key for the mutation that is being resolved; None if the caller sent none. Raises InvalidInput."""
    text = unset_to_none(text)
    return None if text is None else Key.of(info.context.owner, text, info.field_name, _plain_values(arguments), now)


def _plain_values(value: Any) -> Any:
    """Turns an input into dicts, lists and scalars, without the fields that are null or left out.

    So a field that a newer version adds does not change the fingerprint of an old input, nor does its default. Ids are
    in one form, however the caller wrote them; times are already.
    """
    if isinstance(value, list):
        return [_plain_values(one) for one in value]
    if (definition := get_object_definition(value)) is None:
        return value
    given = {one: unset_to_none(getattr(value, one.python_name)) for one in definition.fields}
    return {
        field.python_name: _canonical_ids(one) if _is_of_ids(field.type) else _plain_values(one)
        for field, one in given.items()
        if one is not None and not (ADDED_WITH_DEFAULT.keys() <= field.metadata.keys() and one == field.default)
    }


def _is_of_ids(kind: Any) -> bool:
    """Whether a field's type is ID, or a list of ids."""
    return kind is ID or (isinstance(kind, StrawberryContainer) and _is_of_ids(kind.of_type))


def _canonical_ids(value: Any) -> Any:
    if isinstance(value, list):
        return [_canonical_ids(one) for one in value]
    try:
        return str(UUID(value))
    except ValueError:
        return value
