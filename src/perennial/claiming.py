"""What publishing writes to rows before requests go out: claims, marks, rescues. Every write names what it expects.

A claim is a conditional update under a lease. `request_started_time` is written just before a request goes out, so a
lease that runs out without it was never sent, and one with it may have been. Posts are locked before publications,
in the order of their ids.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from tortoise.expressions import F

from perennial import clock
from perennial.accounts import hold_accounts
from perennial.database import select
from perennial.fault_points import FaultPoint, reach
from perennial.models import Post, Publication
from perennial.outcomes import released, unconfirmed
from perennial.posts import refresh_posts
from perennial.states import Platform, PublicationStatus
from perennial.transactions import transaction

LEASE = timedelta(seconds=120)
CANDIDATES_MAX = 500

LEASE_RAN_OUT = "The worker that sent it died before the answer was recorded."

_CANDIDATES = """
    SELECT publications.id, publications.post_id, publications.next_attempt_time, posts.clerk_user_id AS owner
    FROM publications JOIN posts ON posts.id = publications.post_id
    WHERE publications.status = 'scheduled' AND publications.next_attempt_time <= $1 AND publications.platform = $2
      AND (publications.next_attempt_time, publications.id) > ($3, $4)
    ORDER BY publications.next_attempt_time, publications.id
    LIMIT $5
"""
_BEFORE_ALL = (datetime.fromisoformat("0001-01-01T00:00:00Z"), UUID(int=0))


@dataclass(frozen=True)
class Candidate:
    """A due publication, read without a lock: somebody else may take it first."""

    id: UUID
    post_id: UUID
    platform: Platform
    owner: str


@dataclass(frozen=True)
class Claimed:
    """A publication that is ours until the lease runs out."""

    row: Publication
    owner: str
    is_probe: bool = False  # of a platform that is tripped

    @property
    def platform(self) -> Platform:
        """Where it goes."""
        return self.row.platform


async def candidates(platform: Platform, now: datetime) -> AsyncIterator[list[Candidate]]:
    """The platform's due publications, the longest due first, in pages."""
    after: tuple[datetime, UUID] = _BEFORE_ALL
    while True:
        found = await select(_CANDIDATES, now, platform.value, after[0], str(after[1]), CANDIDATES_MAX)
        page = [Candidate(UUID(str(r["id"])), UUID(str(r["post_id"])), platform, r["owner"]) for r in found]
        yield page
        if len(page) < CANDIDATES_MAX:
            return
        after = (_time(found[-1]["next_attempt_time"]), page[-1].id)


def _time(value: datetime | str) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


async def claim(wanted: Collection[Candidate]) -> list[Claimed]:
    """Takes those of the candidates that are still to be had."""
    owners = {candidate.id: candidate.owner for candidate in wanted}
    claim_id = uuid4()
    async with locked({candidate.post_id for candidate in wanted}) as now:
        for platform in {candidate.platform for candidate in wanted}:
            await hold_accounts([one.owner for one in wanted if one.platform == platform], platform)
        await Publication.filter(
            id__in=list(owners), status=PublicationStatus.SCHEDULED, next_attempt_time__lte=now
        ).update(
            status=PublicationStatus.PUBLISHING,
            claim_id=claim_id,
            lease_expires_at=now + LEASE,
            request_started_time=None,
        )
        rows = await Publication.filter(id__in=list(owners), claim_id=claim_id).order_by("next_attempt_time", "id")
    if rows:
        reach(FaultPoint.PUBLICATION_CLAIMED)
    return [Claimed(row, owners[row.id]) for row in rows]


async def mark(claimed: Sequence[Claimed]) -> list[Claimed]:
    """Writes down that the requests of these, all of one claim, go out now; returns those that are still ours to send.

    On return, `row.attempts` counts the request that is to be sent.
    """
    now = await clock.now()
    claim_id = claimed[0].row.claim_id
    ids = [one.row.id for one in claimed]
    async with transaction():  # a mark that is written and then not read would be a doubt about nothing
        await Publication.filter(
            id__in=ids, claim_id=claim_id, status=PublicationStatus.PUBLISHING, lease_expires_at__gt=now
        ).update(request_started_time=now, attempts=F("attempts") + 1)
        ours = Publication.filter(id__in=ids, claim_id=claim_id, request_started_time=now)
        attempts = dict(await ours.values_list("id", "attempts"))
    reach(FaultPoint.PUBLICATION_MARKED)
    for one in claimed:
        one.row.attempts = attempts.get(one.row.id, one.row.attempts)
    return [one for one in claimed if one.row.id in attempts]


@dataclass(frozen=True)
class Rescued:
    """How many claims were settled whose lease had run out, and when those in doubt are looked into."""

    count: int = 0
    look_up_times: frozenset[datetime] = frozenset()


async def rescue() -> Rescued:
    """Settles the claims whose lease ran out."""
    now = await clock.now()
    lost = await select(
        "SELECT id, post_id FROM publications WHERE status = 'publishing' AND lease_expires_at <= $1 LIMIT $2",
        now,
        CANDIDATES_MAX,
    )
    if not lost:
        return Rescued()
    async with locked({UUID(str(row["post_id"])) for row in lost}) as now:
        expired = Publication.filter(
            id__in=[row["id"] for row in lost], status=PublicationStatus.PUBLISHING, lease_expires_at__lte=now
        )
        doubts = {platform: unconfirmed(platform, LEASE_RAN_OUT, now) for platform in Platform}
        for platform, columns in doubts.items():
            await expired.filter(platform=platform, request_started_time__isnull=False).update(**columns)
        await expired.filter(request_started_time__isnull=True).update(**released())
    times = {columns["next_attempt_time"] for columns in doubts.values()}
    return Rescued(len(lost), frozenset(times - {None}))


@asynccontextmanager
async def locked(post_ids: Collection[UUID]) -> AsyncIterator[datetime]:
    """A transaction that holds these posts and gives its `now`; in the end their status follows their publications."""
    async with transaction():
        # By their ids alone: a post that cannot be read must not cost those that are locked with it. (values_list()
        # would do, but the ORM forgets the lock over it.)
        await Post.filter(id__in=list(post_ids)).order_by("id").select_for_update().only("id")
        now = await clock.now()
        yield now
        await refresh_posts(post_ids, now)
