"""Claims, marks and releases: the writes before a request goes out. Each names the state that it expects.

A claim is a conditional update under a lease. `request_started_time` is written just before a request goes out, so a
publication whose lease expires without it was never sent, and one with it may have been. Posts are locked before
accounts, and accounts before publications, in the order of their ids; a claim alone locks accounts first, because it
waits for nobody.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from perennial.accounts import heads
from perennial.accounts.account_rows import Account, is_blocked, lock_due_accounts
from perennial.core.fault_points import FaultPoint, reach
from perennial.core.platform_errors import NotSent, OperatorFault, ReconnectRequired, TokenRejected
from perennial.core.publication_codes import SUPERSEDED
from perennial.core.states import Platform, PublicationStatus
from perennial.db.models import Publication
from perennial.db.transactions import transaction
from perennial.events.publisher import Event
from perennial.observe import metrics
from perennial.publishing import _due, overdue, publication_rows
from perennial.publishing._due import ClaimedRow, Due
from perennial.publishing.limits import Limits
from perennial.publishing.outcomes import Result, released
from perennial.publishing.publication_rows import updating_posts

CLAIM_LEASE = timedelta(seconds=120)


class Claimed(NamedTuple):
    """A publication that this worker has claimed until the lease expires, with the account to send it from."""

    row: ClaimedRow
    account: Account
    is_probe: bool = False  # sent although the platform's breaker is tripped

    @property
    def owner(self) -> str:
        """The owner of the account and the post."""
        return self.account.clerk_user_id

    @property
    def platform(self) -> Platform:
        """The platform of the publication."""
        return self.row.platform

    @property
    def account_id(self) -> UUID:
        """The account that the publication is sent from."""
        return self.row.connected_account_id

    @property
    def event(self) -> Event:
        """The event for any change of the publication."""
        return Event(self.owner, self.row.post_id, self.row.id)

    @property
    def time(self) -> datetime:
        """When the publication was claimed."""
        return self.row.lease_expires_at - CLAIM_LEASE


class ClaimResult(NamedTuple):
    """A receipt or an error for a claimed publication: the platform's, if `was_sent`, and else our own."""

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
    def blocks(self) -> Platform | UUID | None:
        """The platform, or the account, to which nothing more can be sent for now; None: neither."""
        if isinstance(self.result, OperatorFault):
            return self.platform
        is_of_account = isinstance(self.result, NotSent) and self.result.blocks_account
        is_of_account = is_of_account or isinstance(self.result, TokenRejected | ReconnectRequired)
        return self.claimed.account_id if is_of_account else None

    @property
    def unclear_since(self) -> datetime | None:
        """When an earlier request was sent that may have been carried out; None: there was none."""
        return self.claimed.row.unclear_since


class Batch(NamedTuple):
    """What one transaction claimed, the events for what it found to be over, and when there is more to do.
    `next_head` is when an account is next worth a look (None: never), but for those `left_out`, which have no places.
    """

    claimed: list[Claimed]
    over: list[Event]
    next_head: datetime | None
    left_out: list[UUID]


async def claim(  # noqa: PLR0913 - to probe is an exception
    platform: Platform, room: int, limits: Limits, now: datetime, expire_after: timedelta, *, to_probe: bool = False
) -> Batch:
    """Claims up to `room` publications that are due at `now`: of each account as many as the limits allow.

    The accounts that have waited longest come first or, to probe, those that were not refused. What is expired or
    superseded fails instead of being claimed.
    """
    full = limits.full_accounts(platform)
    async with transaction():
        accounts = await lock_due_accounts(platform, now, full, room, to_probe=to_probe)
        rows, over = await _claim_of(accounts, room, limits, now, expire_after) if accounts else ([], [])
        counts = Counter(row.connected_account_id for row in rows)
        full += [one for one, count in counts.items() if not limits.account_room(one, besides=count)]
        next_head = await heads.next_head(platform, full)
    if rows:
        reach(FaultPoint.PUBLICATION_CLAIMED)
    return Batch([Claimed(row, accounts[row.connected_account_id]) for row in rows], over, next_head, full)


async def _claim_of(
    accounts: Mapping[UUID, Account], room: int, limits: Limits, now: datetime, expire_after: timedelta
) -> tuple[list[ClaimedRow], list[Event]]:
    """Claims what is due of these accounts, which are locked: where there are many, few of each, so that all get some.

    Returns the claimed rows, and the events for what was over.
    """
    free = [one.id for one in accounts.values() if not is_blocked(one, now)]
    each = min(limits.account_room_max, max(1, room // len(accounts)))
    due = await _due.due_of_accounts(free, now, expire_after, each, room)
    free_posts = await _due.lock_free_posts({one.post_id for one in due})
    over = [one for one in due if one.reason and one.post_id in free_posts]
    wanted = _within_limits([one for one in due if not one.reason and one.post_id in free_posts], limits)
    wanted, superseded = await _overtake(wanted, free_posts)
    over = list({one.id: one for one in [*superseded, *over]}.values())
    events = await overdue.fail(over, {one.id: one.clerk_user_id for one in accounts.values()}, now)
    rows = await _due.claim_rows([one.id for one in wanted], now + CLAIM_LEASE, now)
    await publication_rows.mark_posts_publishing({row.post_id for row in rows}, now)
    await heads.reset([*accounts])
    return rows, events


async def _overtake(wanted: Sequence[Due], locked_posts: Collection[UUID]) -> tuple[list[Due], list[Due]]:
    """Those that may be sent, and those that are superseded by them; locks the posts of these.

    What would supersede a publication whose post somebody else has locked has to wait: else both would be sent.
    """
    older = await _due.overtaken_by([one.id for one in wanted if one.is_of_queue])
    if not older:
        return list(wanted), []
    free = {*locked_posts, *await _due.lock_free_posts({one.post_id for one in older} - {*locked_posts})}
    held_up = {one.chosen_id for one in older if one.post_id not in free}
    over = {one.id: one for one in older if one.chosen_id not in held_up}
    superseded = [Due(one.id, one.post_id, one.account_id, SUPERSEDED) for one in over.values()]
    return [one for one in wanted if one.id not in held_up | over.keys()], superseded


def _within_limits(due: Sequence[Due], limits: Limits) -> list[Due]:
    """Those for which their accounts have room."""
    room: dict[UUID, int] = {}
    wanted = []
    for one in due:
        left = room.get(one.account_id, limits.account_room(one.account_id))
        room[one.account_id] = left - 1
        if left > 0:
            wanted.append(one)
    return wanted


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
        await heads.lock({one.account_id for one in claimed})
        await Publication.filter(
            id__in=[one.row.id for one in claimed],
            claim_id__in={one.row.claim_id for one in claimed},
            status=PublicationStatus.PUBLISHING,
            request_started_time__isnull=True,
        ).update(**released())
        await heads.lower(heads.earliest([(one.account_id, one.row.next_attempt_time) for one in claimed]))
