"""The scalar DateTime: RFC 3339 with an offset, to the millisecond."""

import re
from datetime import datetime

from strawberry.types.scalar import ScalarDefinition, scalar

from perennial.core.instants import instant, whole_milliseconds

_PATTERN = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(?P<offset>[Zz]|[+-]\d\d:\d\d)?", re.ASCII)
_EXAMPLE = "2026-11-23T09:00:00Z"


def parse_time(value: object) -> datetime:
    """Parses a time as UTC in whole milliseconds. Raises ValueError if it is malformed or has no offset."""
    match = _PATTERN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"a time looks like {_EXAMPLE}")
    if match["offset"] is None:
        raise ValueError(f"a time needs an offset, as in {_EXAMPLE} or 2026-11-23T10:00:00+01:00")
    try:
        return whole_milliseconds(datetime.fromisoformat(match[0].upper()))
    except (ValueError, OverflowError):
        raise ValueError("there is no such time") from None


DATE_TIME: ScalarDefinition = scalar(
    name="DateTime",
    description=(
        "An instant, written as a string of RFC 3339. The service returns it in UTC with milliseconds: "
        "2026-11-23T09:00:00.000Z. A caller may send it with any offset, but has to send one: "
        "2026-11-23T10:00:00+01:00. Digits beyond milliseconds are cut off."
    ),
    specified_by_url="https://scalars.graphql.org/andimarek/date-time",
    serialize=instant,
    parse_value=parse_time,
)
