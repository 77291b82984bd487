"""Idempotency keys, which callers choose, so that a mutation that is sent again creates nothing twice.

The key's row is written in the transaction that creates the result, before that locks anything else. So a mutation that
fails, or is killed, leaves no key. Of two concurrent mutations with one key, the second waits on the unique index until
the first has committed, rolls back, and answers with what the first has created.
"""

import hashlib
import json
import unicodedata
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self, TypeVar
from uuid import UUID

from perennial.core.errors import Conflict, InvalidInput, NotFound, PerennialError
from perennial.core.ids import new_id
from perennial.core.texts import is_invisible
from perennial.db.models import IdempotencyKey
from perennial.db.sql import run_sql

KEY_LIFETIME = timedelta(hours=24)
KEY_LENGTH_MAX = 255
FIELD = "idempotencyKey"

T = TypeVar("T")

# An expired key is overwritten. PostgreSQL makes an insert that conflicts with another transaction's wait for its end.
_INSERT_KEY = """
    INSERT INTO idempotency_keys (id, clerk_user_id, key, fingerprint, result_id, created_at)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (clerk_user_id, key) DO UPDATE
    SET fingerprint = excluded.fingerprint, result_id = excluded.result_id, created_at = excluded.created_at
    WHERE idempotency_keys.created_at <= $7
    RETURNING id
"""


class KeyTaken(PerennialError):
    """A concurrent request has stored the same key first: its result is the answer."""


@dataclass(frozen=True)
class Key:
    """A key in one request: its owner, and a fingerprint of the operation and its input."""

    owner: str
    text: str
    fingerprint: str
    now: datetime

    @classmethod
    def of(cls, owner: str, text: str, operation: str, given: Any, now: datetime) -> Self:
        """The key `text` for this operation with this input, which consists of JSON's types, dates and aware times.

        Raises InvalidInput if the text cannot be a key.
        """
        _check_text(text)
        return cls(owner, text, _fingerprint(owner, text, operation, given), now)


async def run_once(key: Key | None, make: Callable[[], Awaitable[T]], find: Callable[[UUID], Awaitable[T]]) -> T:
    """Returns the result of `make`; or, if the key was used before, that of `find` for the id of what was created.

    `make` calls `reserve_key` in its transaction, and makes all its checks itself: a repeated request skips them, as
    its input may be invalid by now. Raises Conflict if the key was used for something else, or its result is deleted.
    """
    if key is None:
        return await make()
    while (result_id := await _find_result(key)) is None:
        with suppress(KeyTaken):
            return await make()
    try:
        return await find(result_id)
    except NotFound as error:
        raise Conflict(
            "What was created with this idempotencyKey has been deleted. Use another key to create it again."
        ) from error


async def reserve_key(key: Key | None, result_id: UUID) -> None:
    """Stores the key with the id of what is being created, first of all in the transaction. Raises KeyTaken."""
    if key is None:
        return
    columns = (new_id(), key.owner, key.text, key.fingerprint, result_id, key.now)
    if not await run_sql(_INSERT_KEY, *columns, key.now - KEY_LIFETIME):
        raise KeyTaken


async def set_result(key: Key | None, result_id: UUID) -> None:
    """Changes the id stored with the key, in the same transaction, if the result turns out to exist already."""
    if key is not None:
        await IdempotencyKey.filter(clerk_user_id=key.owner, key=key.text).update(result_id=result_id)


async def _find_result(key: Key) -> UUID | None:
    """The id stored with the key; None if the key is unused. Raises Conflict if it was used for something else."""
    rows = IdempotencyKey.filter(clerk_user_id=key.owner, key=key.text, created_at__gt=key.now - KEY_LIFETIME)
    row = await rows.first()
    if row is None:
        return None
    if row.fingerprint != key.fingerprint:
        raise Conflict("This idempotencyKey was used for something else within the last 24 hours.")
    return row.result_id


def _check_text(text: str) -> None:
    if not 1 <= len(text) <= KEY_LENGTH_MAX:
        raise InvalidInput(FIELD, f"A key has from 1 to {KEY_LENGTH_MAX} characters.")
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        raise InvalidInput(FIELD, "A key has no control characters, and no halves of surrogate pairs.")
    if is_invisible(text):
        raise InvalidInput(FIELD, "A key needs a character that can be seen.")


def _fingerprint(owner: str, text: str, operation: str, given: Any) -> str:
    """A hash that tells inputs apart without storing them; owner and key are in it, so that no two callers' are equal.

    It contains no secret of ours: the only secrets in an input are platforms' tokens, which are long and random, so
    that they cannot be guessed. And rotating a secret would turn every retry into a conflict.
    """
    whole = json.dumps([owner, text, operation, given], default=_utc_text, sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()


def _utc_text(value: datetime | date) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value.isoformat()
