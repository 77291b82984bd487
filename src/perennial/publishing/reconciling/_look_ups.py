"""Publications in doubt: who looks for them, and what a look-up makes of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from perennial.core.errors import NotSent, PlatformError
from perennial.core.states import Platform, PublicationStatus
from perennial.db.models import Publication
from perennial.db.sql import as_id, select
from perennial.observe.logs import get_logger
from perennial.platforms.transport import Match
from perennial.publishing.claims import locked_posts
from perennial.publishing.outcomes import LOOK_UP_TIMES, published, with_more
from perennial.publishing.reconciling.receipts import hold_receipts, taken, who_share
from perennial.publishing.transitions import Columns

log = get_logger(__name__)

# What a look-up may take: its pages, a refresh, and the pages again. One whose worker died is made again after it.
LOOK_UP_LEASE = timedelta(minutes=2)
# A look-up that got no answer does not count, and is made again, until the doubt is a day old.
UNANSWERED_PAUSE = timedelta(minutes=10)
UNANSWERED_MAX = timedelta(days=1)
AT_ONCE = 20

NOT_LOOKED = "It could not be looked for: look there, then confirm it with its URL, or retry it."
NOT_FOUND = (
    "It was not found among the account's posts, which proves nothing: look there, then confirm it with its URL, "
    "or retry it."
)

_DUE = """
    SELECT publications.id, posts.clerk_user_id AS owner
    FROM publications JOIN posts ON posts.id = publications.post_id
    WHERE publications.status = 'unconfirmed' AND publications.next_attempt_time <= $1
      AND publications.platform = $2
    ORDER BY publications.next_attempt_time, publications.id
    LIMIT $3
"""


@dataclass(frozen=True)
class Doubt:
    """A publication in doubt that is ours to look for, for the length of a lease."""

    row: Publication
    owner: str

    @property
    def since(self) -> datetime:
        """When the first request went out that may have arrived."""
        since = self.row.unclear_since or self.row.request_started_time
        if since is None:
            raise RuntimeError("a publication is in doubt of which no request ever went out")
        return since


async def claim_unconfirmed(now: datetime) -> list[Doubt]:
    """Takes what is due and nobody else takes: each for the length of a lease."""
    mine: list[Doubt] = []
    due = [await select(_DUE, now, platform.value, AT_ONCE) for platform in Platform if platform.reads_back]
    for found in chain.from_iterable(due):
        one = Publication.filter(id=as_id(found["id"]), status=PublicationStatus.UNCONFIRMED)
        if await one.filter(next_attempt_time__lte=now).update(next_attempt_time=now + LOOK_UP_LEASE):
            mine += [Doubt(row, found["owner"]) for row in await one]
    return mine


async def write(doubt: Doubt, matches: Sequence[Match]) -> Columns:
    """Records what was found, where the doubt still stands and nobody else has that receipt."""
    async with locked_posts({doubt.row.post_id}) as now:
        await hold_receipts(doubt.owner, doubt.row.platform)
        owners = await who_share(doubt.owner, doubt.row.platform)
        if matches and await _is_being_sent_elsewhere(doubt, owners):
            columns: Columns = {"next_attempt_time": now + LOOK_UP_LEASE}
        else:
            seen = await _unrecorded(doubt, owners, matches)
            columns = published(seen.receipt, seen.time) if seen else _after_not_finding(doubt.row, now)
        return await _update(doubt, columns)


async def write_unanswered(doubt: Doubt, error: PlatformError) -> Columns:
    """Has it looked for again, at the time that is named or after a pause, until the doubt is a day old."""
    async with locked_posts({doubt.row.post_id}) as now:
        log.warning("publication.look_up_unanswered", publication=str(doubt.row.id), error=str(error))
        if now - (doubt.row.request_started_time or doubt.since) > UNANSWERED_MAX:
            return await _update(doubt, _ended(doubt.row))
        named = error.retry_at if isinstance(error, NotSent) else None
        return await _update(doubt, {"next_attempt_time": named or now + UNANSWERED_PAUSE})


async def _update(doubt: Doubt, columns: Columns) -> Columns:
    """What was written: nothing, where somebody else has settled the doubt."""
    standing = Publication.filter(id=doubt.row.id, status=PublicationStatus.UNCONFIRMED)
    same_try = standing.filter(request_started_time=doubt.row.request_started_time)
    return columns if await same_try.update(**columns) else {}


async def _is_being_sent_elsewhere(doubt: Doubt, owners: Collection[str]) -> bool:
    """Whether what was seen may be another publication of the same text, whose receipt is still on its way to us."""
    theirs = Publication.filter(post__clerk_user_id__in=list(owners), platform=doubt.row.platform)
    others = theirs.filter(content=doubt.row.content)
    return await others.filter(status=PublicationStatus.PUBLISHING).exists()


async def _unrecorded(doubt: Doubt, owners: Collection[str], matches: Sequence[Match]) -> Match | None:
    """Of what nobody has a receipt of, what was published nearest to the request."""
    ids = [one.receipt.remote_id for one in matches]
    others = await taken(owners, doubt.row.platform, ids)
    free = [one for one in matches if one.receipt.remote_id not in others]
    return min(free, key=lambda one: abs(one.time - doubt.since), default=None)


def _after_not_finding(row: Publication, now: datetime) -> Columns:
    row.look_ups += 1
    counted: dict[str, Any] = {"look_ups": row.look_ups}
    if row.look_ups >= len(LOOK_UP_TIMES):
        return counted | _ended(row)
    return counted | {"next_attempt_time": now + LOOK_UP_TIMES[row.look_ups] - LOOK_UP_TIMES[row.look_ups - 1]}


def _ended(row: Publication) -> Columns:
    """Nobody looks any more: a person has to say."""
    words = NOT_FOUND if row.look_ups else NOT_LOOKED
    return {"next_attempt_time": None, "error_message": with_more(row.error_message or "", words)}
