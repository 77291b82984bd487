"""Writes down what came back from the platforms, whatever else goes wrong: a result that is lost leaves a doubt."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from perennial.core.errors import Duplicate, NotSent, ReconnectRequired, TokenRejected
from perennial.core.fault_points import FaultPoint, reach
from perennial.core.states import Platform, PublicationStatus
from perennial.db.models import ConnectedAccount, Publication
from perennial.db.outages import is_outage
from perennial.db.retrying import retry_while_away
from perennial.events.publisher import Event
from perennial.observe import metrics
from perennial.observe.logs import get_logger
from perennial.platforms.transport import Receipt
from perennial.publishing import breakers, publication_rows
from perennial.publishing.claims import Claimed, locked_posts
from perennial.publishing.outcomes import Result, after_sending, unconfirmed
from perennial.publishing.publication_rows import Published
from perennial.publishing.reconciling.receipts import hold_receipts, taken, who_share
from perennial.publishing.transitions import Columns

log = get_logger(__name__)

# An enum's own attributes are slow, and there is a line in the log for each publication.
_NAMES = {platform: platform.name for platform in Platform}
_VALUES = {status: status.value for status in PublicationStatus}
TAKEN_BACK = "The post that it was taken for turned out to be another publication's."


class Settled(NamedTuple):
    """What came back for a claimed publication.

    `was_sent` is False for what could not be sent at all: the platform said nothing then.
    """

    claimed: Claimed
    result: Result
    was_sent: bool = True

    @property
    def attempts(self) -> int:
        """Requests so far, with the one that brought this: as long as it is claimed nobody else sends any."""
        return self.claimed.row.attempts + 1

    @property
    def platform(self) -> Platform:
        """Where it went."""
        return self.claimed.platform

    @property
    def is_bad_news(self) -> bool:
        """Whether it tells that the account, or the platform, is of no use for now."""
        blocks = isinstance(self.result, NotSent) and (self.result.blocks_account or self.result.blocks_platform)
        return blocks or isinstance(self.result, TokenRejected | ReconnectRequired)

    @property
    def unclear_since(self) -> datetime | None:
        """When an earlier try went out that may have arrived."""
        return self.claimed.row.unclear_since


@dataclass(frozen=True)
class Recorded:
    """What was written, the moment of writing, and what else it changed. What came for a lost claim is left out."""

    rows: list[Columns]
    now: datetime
    others: list[Event]


# A result, and what becomes of its row.
Outcome = tuple[Settled, Columns]


async def record(settled: Sequence[Settled]) -> list[Recorded]:
    """Records the results: all at once, else, where one of them cannot be written, each by itself.

    While the database is away it waits, for half of a lease: who gives up leaves a publication in doubt.
    """
    if any(one.was_sent for one in settled):
        reach(FaultPoint.PUBLICATION_ANSWERED)
    try:
        written = await retry_while_away(lambda: _write(settled))
    except Exception as error:
        if len(settled) == 1 or is_outage(error):
            log.exception("results.lost", publications=[str(one.claimed.row.id) for one in settled])
            return []
        return [recorded for one in settled for recorded in await record([one])]
    reach(FaultPoint.PUBLICATION_STORED)
    return [written]


async def _write(settled: Sequence[Settled]) -> Recorded:
    """One transaction. A result counts where the claim is still ours; a late receipt also settles a doubt."""
    kept: list[Outcome] = []
    telling: list[Outcome] = []
    others: list[Event] = []
    async with locked_posts({one.claimed.row.post_id for one in settled}) as now:
        written = await _publish(settled, now)
        for one in settled:
            result = await _resolved(one, one.result) if isinstance(one.result, Duplicate) else one.result
            row = after_sending(one, result, now, _jitter)
            if one.claimed.is_probe or not isinstance(one.result, Receipt):
                telling.append((one, row))
            if one.claimed.row.id in written or await _update(one, result, row, now, others):
                kept.append((one, row))
            else:
                log.warning("publication.claim_lost", publication=str(one.claimed.row.id), result=repr(result))
        await _remember_limits(telling, now)
    metrics.count_publications(Counter((one.platform, row["status"]) for one, row in kept))
    _tell(kept)
    return Recorded([row for _, row in kept], now, others)


async def _publish(settled: Sequence[Settled], now: datetime) -> set[UUID]:
    """Writes all receipts at once; returns whose were written."""
    return await publication_rows.publish(
        [
            Published(one.claimed.row.id, one.claimed.row.claim_id, one.result.remote_id, one.result.url, now)
            for one in settled
            if isinstance(one.result, Receipt)
        ]
    )


async def _resolved(one: Settled, error: Duplicate) -> Result:
    """A duplicate's answer may name the very post that an unclear try has made: its receipt, if nobody else has it."""
    if not (error.remote_id and error.url and one.unclear_since):
        return error
    await hold_receipts(one.claimed.owner, one.platform)
    owners = await who_share(one.claimed.owner, one.platform)
    others = await taken(owners, one.platform, [error.remote_id])
    return error if others else Receipt(error.remote_id, error.url)


async def _update(one: Settled, result: Result, row: Columns, now: datetime, others: list[Event]) -> bool:
    """Writes the row where the claim still stands. A late receipt is welcome while in doubt, or about to be retried."""
    claimed = Publication.filter(id=one.claimed.row.id, claim_id=one.claimed.row.claim_id)
    if await claimed.filter(status=PublicationStatus.PUBLISHING).update(**row):
        return True
    if not isinstance(result, Receipt):
        return False
    await hold_receipts(one.claimed.owner, one.platform)
    late = claimed.filter(status__in=[PublicationStatus.UNCONFIRMED, PublicationStatus.SCHEDULED])
    if not await late.update(**row):
        return False
    others += await _take_back(one, result, now)
    return True


async def _take_back(one: Settled, receipt: Receipt, now: datetime) -> list[Event]:
    """What a platform says itself is true: whoever was given this receipt by a look-up, or a person, is in doubt."""
    owners = await who_share(one.claimed.owner, one.platform)
    same = Publication.filter(remote_id=receipt.remote_id, platform=one.platform, post__clerk_user_id__in=list(owners))
    others = await same.exclude(id=one.claimed.row.id).select_related("post")
    for other in others:
        nothing = {"remote_id": None, "url": None, "published_time": None}
        async with locked_posts({other.post_id}):
            doubt = unconfirmed(one.platform, TAKEN_BACK, now) | nothing
            await Publication.filter(id=other.id).update(**doubt)
        log.warning("publication.receipt_taken_back", publication=str(other.id), receipt=receipt.remote_id)
    return [Event(other.post.clerk_user_id, other.post_id, other.id) for other in others]


async def _remember_limits(limits: Sequence[Outcome], now: datetime) -> None:
    """What the answers say of accounts and platforms, for everybody who is about to send; locked in one order."""
    for one, row in sorted(limits, key=lambda limit: (limit[0].claimed.owner, limit[0].platform)):
        if isinstance(one.result, NotSent) and one.result.blocks_account:
            account = ConnectedAccount.filter(clerk_user_id=one.claimed.owner, platform=one.platform)
            await account.update(blocked_until=row["next_attempt_time"])
    for one, _ in sorted(limits, key=lambda limit: limit[0].platform):
        if isinstance(one.result, NotSent) and one.result.blocks_platform:
            await breakers.trip(one.platform, one.result, now)
        elif one.claimed.is_probe and one.was_sent:
            await breakers.learn(one.platform, one.result, now)


def _tell(kept: Sequence[Outcome]) -> None:
    settled = log.bind().info
    for one, row in kept:
        claimed = one.claimed.row
        ids = {"publication": str(claimed.id), "post": str(claimed.post_id), "owner": one.claimed.owner}
        result = {"status": _VALUES[row["status"]], "code": row.get("error_code"), "url": row.get("url")}
        settled("publication.settled", platform=_NAMES[claimed.platform], attempts=one.attempts, **ids, **result)


def _jitter() -> float:
    return random.uniform(0.8, 1.2)  # noqa: S311 (spreads load, guards no secret)
