"""The ids of rows."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Makes a UUIDv7."""
    return uuid7()
