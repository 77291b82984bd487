"""What the arguments of all topics share: ids, the idempotency key, and values that may be left out."""

from typing import Annotated, TypeVar
from uuid import UUID

from strawberry import ID, UNSET, argument

from perennial.core.errors import NotFound
from perennial.observe.logs import bind_log_ids

IDEMPOTENCY_KEY = (
    "A name that the caller chooses for this request, of 1 to 255 characters. If the request is repeated within "
    "24 hours with the same key and the same input, it creates nothing and returns what the first request "
    "created, in its current state. The error is CONFLICT if the key was used with another input or in another "
    "mutation, or if what it created was deleted. If the key is left out or null, each request creates "
    "something."
)
IdempotencyKeyArgument = Annotated[str | None, argument(IDEMPOTENCY_KEY)]

Value = TypeVar("Value")


def unset_to_none(value: Value | None) -> Value | None:
    """The value, or None if it was left out. (Defaults are UNSET because null would show in the schema.)"""
    return None if value is UNSET else value


def parse_id(noun: str, value: ID) -> UUID:
    """Parses an id and binds it to the log. Raises NotFound for a malformed id, as for one that does not exist."""
    try:
        found = UUID(value)
    except ValueError:
        raise NotFound(noun) from None
    bind_log_ids(**{noun: str(found)})
    return found
