"""The statements of publishing that read and write many publications at once; `claims` and `_recording` use them.

They are raw SQL: rows come in hundreds, and PostgreSQL uses a partial index only where it sees its literal. Each write
names the state that it expects.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from perennial.core.states import Platform, PostStatus, PublicationStatus, post_status
from perennial.db import bulk
from perennial.db.models import Publication
from perennial.db.sql import as_id, as_time, run_sql

PAGE_SIZE = 500
_PUBLICATION_STATES = {status.value: status for status in PublicationStatus}

_CANDIDATES = """
    SELECT publications.id, publications.post_id, publications.next_attempt_time, posts.clerk_user_id AS owner
    FROM publications JOIN posts ON posts.id = publications.post_id
    WHERE publications.status = 'scheduled' AND publications.next_attempt_time <= $1 AND publications.platform = $2
      AND (publications.next_attempt_time, publications.id) > ($3, $4)
    ORDER BY publications.next_attempt_time, publications.id
    LIMIT $5
"""
_BEFORE_ALL = (datetime.fromisoformat("0001-01-01T00:00:00Z"), UUID(int=0))
_LOCK = "SELECT id FROM posts WHERE id = ANY($1) ORDER BY id FOR UPDATE"
_SET_POST_STATUS = "UPDATE posts SET status = $1, updated_at = $2 WHERE id = ANY($3)"
_STATES = "SELECT post_id, status FROM publications WHERE post_id = ANY($1)"
_EXPIRED = """
    SELECT publications.id, post_id, clerk_user_id AS owner
    FROM publications JOIN posts ON posts.id = post_id
    WHERE publications.status = 'publishing' AND lease_expires_at <= $1
    LIMIT $2
"""


class Candidate(NamedTuple):
    """A due publication, read without a lock: another worker may claim it first."""

    id: UUID
    post_id: UUID
    platform: Platform
    owner: str


class ClaimedRow(NamedTuple):
    """The columns of a claimed publication."""

    id: UUID
    post_id: UUID
    platform: Platform
    content: str
    next_attempt_time: datetime
    attempts: int
    claim_id: UUID
    lease_expires_at: datetime
    unclear_since: datetime | None


class ReceiptRow(NamedTuple):
    """The receipt of a claimed publication: columns of publications."""

    id: UUID
    claim_id: UUID
    remote_id: str
    url: str
    published_time: datetime


_CLAIM = f"""
    UPDATE publications SET status = 'publishing', claim_id = $1, lease_expires_at = $2, request_started_time = NULL
    WHERE id = ANY($3) AND status = 'scheduled' AND next_attempt_time <= $4
    RETURNING {", ".join(ClaimedRow._fields)}
"""  # noqa: S608 (the columns are ours)
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


async def candidates(platform: Platform, now: datetime, first: int = PAGE_SIZE) -> AsyncIterator[list[Candidate]]:
    """The platform's due publications, the longest due first, in pages; `first` is the size of the first page."""
    after: tuple[datetime, UUID] = _BEFORE_ALL
    size = min(first, PAGE_SIZE)
    while True:
        found = await run_sql(_CANDIDATES, now, platform.value, *after, size)
        page = [Candidate(as_id(row["id"]), as_id(row["post_id"]), platform, row["owner"]) for row in found]
        yield page
        if len(page) < size:
            return
        size = PAGE_SIZE
        after = (as_time(found[-1]["next_attempt_time"]), page[-1].id)


async def lock_posts(post_ids: Collection[UUID]) -> None:
    """Locks posts for the rest of the transaction; reads only ids, so that an unreadable row fails no other."""
    await run_sql(_LOCK, list(post_ids))


async def claim_rows(
    ids: Collection[UUID], claim_id: UUID, lease_expires_at: datetime, now: datetime
) -> list[ClaimedRow]:
    """Claims those that are still due; returns them, the longest due first. The caller has locked their posts."""
    found = await run_sql(_CLAIM, claim_id, lease_expires_at, list(ids), now)
    rows = map(bulk.row_reader(Publication, ClaimedRow), found)
    return sorted(rows, key=lambda row: (row.next_attempt_time, row.id))


async def mark_posts_publishing(post_ids: Collection[UUID], now: datetime) -> None:
    """Sets the status of posts with a claimed publication: it is PUBLISHING, whatever the other publications are."""
    if post_ids:
        await run_sql(_SET_POST_STATUS, PostStatus.PUBLISHING.value, now, list(post_ids))


async def mark_started(claims: Collection[tuple[UUID, UUID]], now: datetime) -> set[tuple[UUID, UUID]]:
    """Marks the claims (`id`, `claim_id`) that still stand as sent at `now`; returns these."""
    found = await run_sql(_MARK, now, [one for one, _ in claims], list({claim for _, claim in claims}))
    return {(as_id(row["id"]), as_id(row["claim_id"])) for row in found}


async def expired_claims(now: datetime) -> list[Mapping[str, Any]]:
    """`id`, `post_id` and `owner` of claimed publications whose lease has expired."""
    return list(await run_sql(_EXPIRED, now, PAGE_SIZE))


async def write_receipts(rows: Sequence[ReceiptRow]) -> set[UUID]:
    """Writes receipts where the claim still stands; returns the ids of these publications."""
    return {as_id(row["id"]) for row in await bulk.execute(_WRITE_RECEIPTS, Publication, rows)}


async def update_post_status(post_ids: Collection[UUID], now: datetime) -> None:
    """Derives the posts' status from their publications; the caller has locked the posts."""
    states: dict[UUID, list[PublicationStatus]] = {post_id: [] for post_id in post_ids}
    for row in await run_sql(_STATES, list(post_ids)):
        # States that only a newer version knows are left out, so that they do not fail the other posts.
        if known := _PUBLICATION_STATES.get(row["status"]):
            states[as_id(row["post_id"])].append(known)
    by_status: dict[str, list[UUID]] = {}
    for post_id, found in states.items():
        by_status.setdefault(post_status(found).value, []).append(post_id)
    for status, ids in by_status.items():
        await run_sql(_SET_POST_STATUS, status, now, ids)
