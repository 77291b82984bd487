"""Claims, marks, releases and rescues: the writes before a request goes out. Each names the state that it expects.

A claim is a conditional update under a lease. `request_started_time` is written just before a request goes out, so a
publication whose lease expires without it was never sent, and one with it may have been. Posts are locked before
publications, in the order of their ids.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

from perennial.accounts.account_rows import Account, lock_accounts
from perennial.core import clock
from perennial.core.errors import NotSent, ReconnectRequired, TokenRejected
from perennial.core.fault_points import FaultPoint, reach
from perennial.core.states import Platform, PublicationStatus
from perennial.db.models import Publication
from perennial.db.sql import as_id
from perennial.db.transactions import transaction
from perennial.events.publisher import Event
from perennial.observe import metrics
from perennial.publishing import publication_rows
from perennial.publishing.outcomes import Result, released, unconfirmed
from perennial.publishing.publication_rows import Candidate, ClaimedRow, lock_posts, update_post_status

CLAIM_LEASE = timedelta(seconds=120)

LEASE_RAN_OUT = "The worker that sent it died before the answer was recorded."


class Claimed(NamedTuple):
    """A publication that this worker has claimed until the lease expires, with the account to send it from."""

    row: ClaimedRow
    owner: str
    account: Account | None
    is_probe: bool = False  # sent although the platform's breaker is tripped

    @property
    def platform(self) -> Platform:
        """The platform of the publication."""
        return self.row.platform

    @property
    def event(self) -> Event:
        """The event for any change of the publication."""
        return Event(self.owner, self.row.post_id, self.row.id)

    @property
    def time(self) -> datetime:
        """When the publication was claimed."""
        return self.row.lease_expires_at - CLAIM_LEASE


class ClaimResult(NamedTuple):
    """The result for a claimed publication: a receipt or an error.

    `was_sent` is False if no request was made: the error is then not the platform's.
    """

    claimed: Claimed
    result: Result
    was_sent: bool = True

    @property
    def attempts(self) -> int:
        """The number of requests so far, this one included: while the claim stands nobody else sends any."""
        return self.claimed.row.attempts + 1

    @property
    def platform(self) -> Platform:
        """The platform of the publication."""
        return self.claimed.platform

    @property
    def is_blocking(self) -> bool:
        """Whether the error means that nothing more can be sent for now, from the account or to the platform."""
        blocks = isinstance(self.result, NotSent) and (self.result.blocks_account or self.result.blocks_platform)
        return blocks or isinstance(self.result, TokenRejected | ReconnectRequired)

    @property
    def unclear_since(self) -> datetime | None:
        """When an earlier request was sent that may have been carried out; None: there was none."""
        return self.claimed.row.unclear_since


async def claim(wanted: Collection[Candidate], now: datetime) -> list[Claimed]:
    """Claims the candidates, all of one platform, that are still scheduled and due at `now`; returns the claims."""
    owners = {candidate.id: candidate.owner for candidate in wanted}
    async with transaction():
        await lock_posts({candidate.post_id for candidate in wanted})
        accounts = await lock_accounts(owners.values(), next(iter(wanted)).platform)
        rows = await publication_rows.claim_rows(owners, uuid4(), now + CLAIM_LEASE, now)
        await publication_rows.mark_posts_publishing({row.post_id for row in rows}, now)
    if rows:
        reach(FaultPoint.PUBLICATION_CLAIMED)
    return [Claimed(row, owners[row.id], accounts.get(owners[row.id])) for row in rows]


async def mark(claimed: Sequence[Claimed], now: datetime) -> list[Claimed]:
    """Marks that the requests of these claims go out now; returns the claims that still stand, which may be sent."""
    if not claimed:
        return []
    started = await publication_rows.mark_started([(one.row.id, one.row.claim_id) for one in claimed], now)
    reach(FaultPoint.PUBLICATION_MARKED)
    leaving = [one for one in claimed if (one.row.id, one.row.claim_id) in started]
    metrics.observe_lateness((one.platform, (now - one.row.next_attempt_time).total_seconds()) for one in leaving)
    return leaving


async def release(claimed: Sequence[Claimed]) -> None:
    """Releases claims whose requests have not gone out: the publications are scheduled again for their old time."""
    async with updating_posts({one.row.post_id for one in claimed}):
        await Publication.filter(
            id__in=[one.row.id for one in claimed],
            claim_id__in={one.row.claim_id for one in claimed},
            status=PublicationStatus.PUBLISHING,
            request_started_time__isnull=True,
        ).update(**released())


@dataclass(frozen=True)
class Rescued:
    """The events for claims whose lease had expired, and the times at which those in doubt are looked for."""

    events: tuple[Event, ...] = ()
    look_up_times: frozenset[datetime] = frozenset()


async def rescue() -> Rescued:
    """Ends claims whose lease has expired: unmarked ones are scheduled again, marked ones become UNCONFIRMED."""
    now = await clock.now()
    rows = await publication_rows.expired_claims(now)
    if not rows:
        return Rescued()
    async with updating_posts({as_id(row["post_id"]) for row in rows}) as now:
        expired = Publication.filter(
            id__in=[row["id"] for row in rows], status=PublicationStatus.PUBLISHING, lease_expires_at__lte=now
        )
        doubts = {platform: unconfirmed(platform, LEASE_RAN_OUT, now) for platform in Platform}
        in_doubt = {
            (platform, PublicationStatus.UNCONFIRMED): await expired.filter(
                platform=platform, request_started_time__isnull=False
            ).update(**columns)
            for platform, columns in doubts.items()
        }
        await expired.filter(request_started_time__isnull=True).update(**released())
    metrics.count_publications(in_doubt)
    times = {columns["next_attempt_time"] for columns in doubts.values()}
    events = tuple(Event(row["owner"], as_id(row["post_id"]), as_id(row["id"])) for row in rows)
    return Rescued(events, frozenset(times - {None}))


@asynccontextmanager
async def updating_posts(post_ids: Collection[UUID]) -> AsyncIterator[datetime]:
    """A transaction that locks these posts and yields its `now`; at its end it updates the posts' status."""
    async with transaction():
        await lock_posts(post_ids)
        now = await clock.now()
        yield now
        await update_post_status(post_ids, now)
