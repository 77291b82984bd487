"""Automatic persisted queries: documents that are asked for by their SHA-256, as Apollo Client and urql do it.

A client sends the hash alone. Where no document is known by it, the client sends both, and the document is kept for the
others: for a day in Redis, and in the memory of the process. The documents are everybody's, as a hash belongs to one
text; what an owner may add in a day is a share of what all may, so nobody takes the room of the others. What people
write (tokens, the texts of posts) stands in variables, which are not kept, and a mutation that has it in itself is not
kept either.
"""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from perennial.core.errors import PersistedQueryNotFound, UserError
from perennial.jobs.best_effort import BestEffort
from perennial.jobs.redis_client import RedisClient
from perennial.observe.logs import get_logger

log = get_logger(__name__)

DAY_SECONDS = 86_400
OVERHEAD_BYTES = 200  # what Redis needs beside a text (measured), which counts: a document can have eleven characters
OWNERS = 16  # it takes so many of them to have all the room of a day
REMEMBERED_MAX, LENGTH_MAX = 256, 4_000  # documents in memory, and the characters of each

# Sentences that clients know: after the first they stop asking by hashes, the second is Apollo Server's.
NOT_SUPPORTED = "PersistedQueryNotSupported"
MISMATCH = "provided sha does not match query"
MALFORMED = (
    "A persisted query is extensions.persistedQuery with the version 1 and sha256Hash, the SHA-256 of the document in "
    "64 hexadecimal digits."
)
_SHA_256 = re.compile(r"[0-9a-f]{64}")


class HashRefused(UserError):
    """What a request says of its document's hash is none, or belongs to another text."""


def has_document(payload: Mapping[str, Any]) -> bool:
    """Whether a request has a document, or names one by its hash. Its `extensions` are an object, or null."""
    query = payload.get("query")
    if not query:
        return query in (None, "") and (payload.get("extensions") or {}).get("persistedQuery") is not None
    return isinstance(query, str)


def hash_in(extensions: Mapping[str, Any] | None) -> str | None:
    """The hash that a request's extensions name, in small letters; None if there is none. Raises HashRefused."""
    named = (extensions or {}).get("persistedQuery")
    if named is None:
        return None
    sha = named.get("sha256Hash") if isinstance(named, dict) and named.get("version") == 1 else None
    if not isinstance(sha, str) or not _SHA_256.fullmatch(sha.lower()):
        raise HashRefused(MALFORMED)
    return sha.lower()


def check_hash(sha: str, text: str) -> None:
    """Raises HashRefused unless it is the text's."""
    if _hash_of(text) != sha:
        raise HashRefused(MISMATCH)


class PersistedQueries:
    """The documents that are known by their hashes; all owners together may add `bytes_max` to Redis in a day.

    Redis may be away, or lose them all: then nothing is known, and the clients send what they ask for.
    """

    def __init__(self, redis: RedisClient, bytes_max: int) -> None:
        self._redis, self._bytes_max = redis, bytes_max
        self._reading = BestEffort("persisted_queries.not_read")
        self._writing = BestEffort("persisted_queries.not_kept")
        self._remembered: OrderedDict[str, str] = OrderedDict()
        self._full_day: int | None = None

    async def find(self, sha: str, now: datetime) -> str:
        """The document with this hash. Raises PersistedQueryNotFound, or UserError if none are kept at all."""
        if not self._bytes_max:
            raise UserError(NOT_SUPPORTED)
        text = self._remembered.get(sha)
        if text is None:
            found = await self._reading.ask(lambda: self._redis.get(self._key(sha)), now)
            text = found.decode(errors="replace") if found else None
        if text is None or _hash_of(text) != sha:  # who shares our Redis might have written it
            raise PersistedQueryNotFound
        self._remember(sha, text)
        return text

    async def keep(self, owner: str, sha: str, text: str, now: datetime) -> None:
        """Keeps the owner's valid document, with its hash, unless there is no room for it today."""
        self._remember(sha, text)
        day = int(now.timestamp()) // DAY_SECONDS
        if self._bytes_max and day != self._full_day:
            await self._writing.ask(lambda: self._write(owner, sha, text, day), now)

    async def _write(self, owner: str, sha: str, text: str, day: int) -> None:
        """Each day's bytes are counted anew, so Redis has those of two days at most."""
        if await self._redis.exists(self._key(sha)):
            return
        size, total = len(text.encode()) + OVERHEAD_BYTES, self._key(f"bytes:{day}")
        if await self._add(f"{total}:{owner}", size) > self._bytes_max // OWNERS:
            return
        if await self._add(total, size) > self._bytes_max:
            self._full_day = day
            log.warning("persisted_queries.full", bytes_max=self._bytes_max)
            return
        await self._redis.set(self._key(sha), text.encode(), ex=DAY_SECONDS)

    async def _add(self, key: str, size: int) -> int:
        """The sum after adding, of a key that outlasts the day."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.incrby(key, size)
            pipe.expire(key, DAY_SECONDS)
            total, _ = await pipe.execute()
        return int(total)

    def _key(self, name: str) -> str:
        return self._redis.name(f"persisted-query:{name}")

    def _remember(self, sha: str, text: str) -> None:
        if len(text) <= LENGTH_MAX:
            self._remembered[sha] = text
            self._remembered.move_to_end(sha)
            while len(self._remembered) > REMEMBERED_MAX:
                self._remembered.popitem(last=False)


def _hash_of(text: str) -> str | None:
    """The SHA-256 of the text in UTF-8; None if it has none, because of half a surrogate pair, which JSON may have."""
    try:
        return hashlib.sha256(text.encode()).hexdigest()
    except UnicodeEncodeError:
        return None
