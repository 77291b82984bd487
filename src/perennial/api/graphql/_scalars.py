"""The scalars of time: DateTime, RFC 3339 with an offset, to the millisecond; Date; and LocalDateTime."""

import re
from datetime import date, datetime
from typing import NewType

from strawberry.types.scalar import ScalarDefinition, scalar

from perennial.core.instants import instant, whole_milliseconds
from perennial.queues.recurrence.columns import slot_text

# A wall time, without an offset.
LocalDateTime = NewType("LocalDateTime", datetime)

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


def parse_date(value: object) -> date:
    """Parses a date. Raises ValueError if it is malformed, or there is no such day."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        raise ValueError("a date looks like 2026-12-24")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("there is no such date") from None


def parse_local_time(_value: object) -> LocalDateTime:
    """Refuses all values: no input takes one, since a time that an owner gives is an instant."""
    raise ValueError("no input takes a local time")


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

DATE: ScalarDefinition = scalar(
    name="Date",
    description="A day of the calendar, written as a string: 2026-12-24.",
    specified_by_url="https://scalars.graphql.org/andimarek/local-date",
    serialize=date.isoformat,
    parse_value=parse_date,
)

LOCAL_DATE_TIME: ScalarDefinition = scalar(
    name="LocalDateTime",
    description=(
        "A time as the clocks of a time zone show it, without an offset: 2027-03-24T09:00:00. It has milliseconds only "
        "where they are not zero."
    ),
    serialize=slot_text,
    parse_value=parse_local_time,
)
