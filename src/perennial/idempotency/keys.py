"""Idempotency keys: a caller's own names for what they create, so that asking again makes nothing twice.

The row that keeps a key is written in the transaction that makes its result, before anything else in it is locked. So a
mutation that fails, or is killed, leaves no key. Of two with one key at the same moment the second waits on the unique
index until the first has committed, takes back what it has written, and answers what the first has made.
"""

import hashlib
import json
import unicodedata
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self, TypeVar
from uuid import UUID

from perennial.core.errors import Conflict, InvalidInput, NotFound, PerennialError
from perennial.core.ids import new_id
from perennial.db.models import IdempotencyKey
from perennial.db.sql import select

KEPT = timedelta(hours=24)
KEY_LENGTH_MAX = 255
FIELD = "idempotencyKey"

T = TypeVar("T")

# One that is too old counts as none. Of an insert that meets another transaction's, PostgreSQL waits for the end.
_TAKE = """
    INSERT INTO idempotency_keys (id, clerk_user_id, key, fingerprint, result_id, created_at)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (clerk_user_id, key) DO UPDATE
    SET fingerprint = excluded.fingerprint, result_id = excluded.result_id, created_at = excluded.created_at
    WHERE idempotency_keys.created_at <= $7
    RETURNING id
"""


class KeyTaken(PerennialError):
    """Somebody was faster with the same key: what they have made is the answer."""


@dataclass(frozen=True)
class Key:
    """A key as it is used now: by whom, and (as a fingerprint) for what."""

    owner: str
    text: str
    fingerprint: str
    now: datetime

    @classmethod
    def of(cls, owner: str, text: str, operation: str, given: Any, now: datetime) -> Self:
        """The key `text` for this operation on this input, which is of plain values and aware times.

        Raises InvalidInput where the text cannot be a key.
        """
        _check(text)
        return cls(owner, text, _fingerprint(owner, text, operation, given), now)


async def once(key: Key | None, make: Callable[[], Awaitable[T]], find: Callable[[UUID], Awaitable[T]]) -> T:
    """What `make` makes; or what `find` gives for its id, as it is now, where the key has been used for the same.

    `make` takes the key in its transaction; without a key it is simply called. All its checks come after the look: what
    was good then may not be any more. Raises Conflict where the key was used for something else, or what it made is
    gone.
    """
    if key is None:
        return await make()
    while (result_id := await _result_of(key)) is None:
        with suppress(KeyTaken):
            return await make()
    try:
        return await find(result_id)
    except NotFound as error:
        raise Conflict("What this idempotencyKey has made was deleted; use another key to make it anew.") from error


async def take(key: Key | None, result_id: UUID) -> None:
    """Writes the key down for what is being made, first of all in its transaction. Raises KeyTaken."""
    if key is None:
        return
    columns = (new_id(), key.owner, key.text, key.fingerprint, result_id, key.now)
    if not await select(_TAKE, *columns, key.now - KEPT):
        raise KeyTaken


async def correct(key: Key | None, result_id: UUID) -> None:
    """In the same transaction, where the result turned out to be one that was there already."""
    if key is not None:
        await IdempotencyKey.filter(clerk_user_id=key.owner, key=key.text).update(result_id=result_id)


async def _result_of(key: Key) -> UUID | None:
    """What the key has made; None where it is free. Raises Conflict where it was used for something else."""
    kept = IdempotencyKey.filter(clerk_user_id=key.owner, key=key.text, created_at__gt=key.now - KEPT)
    found = await kept.first()
    if found is None:
        return None
    if found.fingerprint != key.fingerprint:
        raise Conflict("This idempotencyKey was used for something else within the last 24 hours.")
    return found.result_id


def _check(text: str) -> None:
    if not 1 <= len(text) <= KEY_LENGTH_MAX:
        raise InvalidInput(FIELD, f"A key has from 1 to {KEY_LENGTH_MAX} characters.")
    if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in text):
        raise InvalidInput(FIELD, "A key has no control characters, and no halves of surrogate pairs.")


def _fingerprint(owner: str, text: str, operation: str, given: Any) -> str:
    """Tells inputs apart without keeping them; owner and key are in it, so that equal inputs look alike to nobody.

    No secret of ours is: what in an input must not be guessed are platforms' tokens, which are long and random, and
    whoever can try one by its fingerprint has it already. And keys that are rotated would make every retry a conflict.
    """
    whole = json.dumps([owner, text, operation, given], default=_instant, sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat()
