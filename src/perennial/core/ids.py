"""The ids of rows."""

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Makes a UUIDv7."""
    return uuid7()


def first_id_of(time: datetime) -> UUID:
    """The smallest UUIDv7 that may be made at this time: each that was made before, by this clock, is smaller."""
    milliseconds = max(0, int(time.timestamp() * 1000))  # none was made before 1970
    return UUID(int=milliseconds << 80 | 0x7 << 76 | 0b10 << 62)
