"""The statements of publishing that read and write many publications at once; `claims` and `_recording` use them.

They are raw SQL, because rows come in hundreds. Each write names the state that it expects.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from perennial.core import clock
from perennial.core.states import PostStatus, PublicationStatus, post_status
from perennial.db import bulk
from perennial.db.models import Publication
from perennial.db.sql import as_id, run_sql
from perennial.db.transactions import transaction

PAGE_SIZE = 2_000  # more than the claims of a worker
_PUBLICATION_STATES = {status.value: status for status in PublicationStatus}

_LOCK = "SELECT id FROM posts WHERE id = ANY($1) ORDER BY id FOR UPDATE"
# `now` may have been read before the posts were locked.
_SET_POST_STATUS = "UPDATE posts SET status = $1, updated_at = GREATEST(updated_at, $2) WHERE id = ANY($3)"
_STATES = "SELECT post_id, status FROM publications WHERE post_id = ANY($1)"
_EXPIRED = """
    SELECT publications.id, post_id, connected_account_id AS account_id, next_attempt_time, clerk_user_id AS owner
    FROM publications JOIN posts ON posts.id = post_id
    WHERE publications.status = 'publishing' AND lease_expires_at <= $1
    LIMIT $2
"""


class ReceiptRow(NamedTuple):
    """The receipt of a claimed publication: columns of publications."""

    id: UUID
    claim_id: UUID
    remote_id: str
    url: str
    published_time: datetime


_MARK = """
    UPDATE publications SET request_started_time = $1, attempts = attempts + 1
    WHERE id = ANY($2) AND claim_id = ANY($3) AND status = 'publishing' AND lease_expires_at > $1
    RETURNING id, claim_id
"""
_WRITE_RECEIPTS = """
    UPDATE publications SET
        status = 'published', remote_id = given.remote_id, url = given.url, published_time = given.published_time,
        claim_id = NULL, lease_expires_at = NULL, next_attempt_time = NULL, error_code = NULL, error_message = NULL
    FROM {given}
    WHERE publications.id = given.id AND publications.claim_id = given.claim_id AND publications.status = 'publishing'
    RETURNING publications.id
"""


async def lock_posts(post_ids: Collection[UUID]) -> None:
    """Locks posts for the rest of the transaction; reads only ids, so that an unreadable row fails no other."""
    await run_sql(_LOCK, list(post_ids))


async def mark_posts_publishing(post_ids: Collection[UUID], now: datetime) -> None:
    """Sets the status of posts with a claimed publication: it is PUBLISHING, whatever the other publications are."""
    if post_ids:
        await run_sql(_SET_POST_STATUS, PostStatus.PUBLISHING.value, now, list(post_ids))


async def mark_started(claims: Collection[tuple[UUID, UUID]], now: datetime) -> set[tuple[UUID, UUID]]:
    """Marks the claims (`id`, `claim_id`) that still stand as sent at `now`; returns these."""
    found = await run_sql(_MARK, now, [one for one, _ in claims], list({claim for _, claim in claims}))
    return {(as_id(row["id"]), as_id(row["claim_id"])) for row in found}


async def expired_claims(now: datetime) -> list[Mapping[str, Any]]:
    """`id`, `post_id`, `account_id`, `next_attempt_time` and `owner` of claims whose lease has expired."""
    return list(await run_sql(_EXPIRED, now, PAGE_SIZE))


async def write_receipts(rows: Sequence[ReceiptRow]) -> set[UUID]:
    """Writes receipts where the claim still stands; returns the ids of these publications."""
    return {as_id(row["id"]) for row in await bulk.execute(_WRITE_RECEIPTS, Publication, rows)}


@asynccontextmanager
async def updating_posts(post_ids: Collection[UUID]) -> AsyncIterator[datetime]:
    """A transaction that locks these posts and yields its `now`; at its end it updates the posts' status."""
    async with transaction():
        await lock_posts(post_ids)
        now = await clock.now()
        yield now
        await update_post_status(post_ids, now)


async def update_post_status(post_ids: Collection[UUID], now: datetime) -> None:
    """Derives the posts' status from their publications; the caller has locked the posts."""
    states: dict[UUID, list[str]] = {post_id: [] for post_id in post_ids}
    for row in await run_sql(_STATES, list(post_ids)):
        states[as_id(row["post_id"])].append(row["status"])
    by_status: dict[str, list[UUID]] = {}
    for post_id, found in states.items():
        by_status.setdefault(status_of_post(found).value, []).append(post_id)
    for status, ids in by_status.items():
        await run_sql(_SET_POST_STATUS, status, now, ids)


def status_of_post(states: Iterable[str]) -> PostStatus:
    """What follows from its publications' states, as they are stored.

    Those that only a newer version knows are left out, so that they do not fail other posts.
    """
    return post_status([_PUBLICATION_STATES[state] for state in states if state in _PUBLICATION_STATES])
