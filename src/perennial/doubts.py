"""Publications in doubt: who looks for them, and what a look-up makes of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any
from uuid import UUID

from perennial.claiming import locked
from perennial.database import select
from perennial.errors import PlatformError
from perennial.logs import get_logger
from perennial.models import Publication
from perennial.outcomes import LOOK_UP_PAUSE, published, with_more
from perennial.platforms.base import Sighting
from perennial.receipts import hold_receipts, recorded
from perennial.scheduling import Row
from perennial.states import Platform, PublicationStatus

log = get_logger(__name__)

# After the first, the second and the third look-up.
PAUSES = (timedelta(minutes=1) - LOOK_UP_PAUSE, timedelta(minutes=9), None)
# What a look-up may take; one whose worker died is made again after it.
LEASE = timedelta(minutes=1)
# A look-up that got no answer does not count, and is made again, until the doubt is a day old.
UNANSWERED_PAUSE = timedelta(minutes=10)
UNANSWERED_MAX = timedelta(days=1)
AT_ONCE = 20

NOT_FOUND = (
    "It was not found among the account's posts, which proves nothing: look there, then confirm it with its URL, "
    "or retry it."
)

_DUE = """
    SELECT publications.id, posts.clerk_user_id AS owner
    FROM publications JOIN posts ON posts.id = publications.post_id
    WHERE publications.status = 'unconfirmed' AND publications.next_attempt_time <= $1
      AND publications.platform = $3
    ORDER BY publications.next_attempt_time, publications.id
    LIMIT $2
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


async def claim_doubts(now: datetime) -> list[Doubt]:
    """Takes what is due and nobody else takes: each for the length of a lease."""
    taken: list[Doubt] = []
    due = [await select(_DUE, now, AT_ONCE, platform.value) for platform in Platform if platform.reads_back]
    for found in chain.from_iterable(due):
        mine = Publication.filter(id=UUID(str(found["id"])), status=PublicationStatus.UNCONFIRMED)
        if await mine.filter(next_attempt_time__lte=now).update(next_attempt_time=now + LEASE):
            taken += [Doubt(row, found["owner"]) for row in await mine]
    return taken


async def write(doubt: Doubt, sightings: Sequence[Sighting]) -> Row:
    """Records what was found, where the doubt still stands and nobody else has that receipt."""
    async with locked({doubt.row.post_id}) as now:
        await hold_receipts(doubt.owner, doubt.row.platform)
        if sightings and await _is_being_sent_elsewhere(doubt):
            columns: Row = {"next_attempt_time": now + LEASE}
        else:
            seen = await _unrecorded(doubt, sightings)
            columns = published(seen.receipt, seen.time) if seen else _after_not_finding(doubt.row, now)
        return await _update(doubt, columns)


async def write_unanswered(doubt: Doubt, error: PlatformError) -> Row:
    async with locked({doubt.row.post_id}) as now:
        log.warning("publication.look_up_unanswered", publication=str(doubt.row.id), error=str(error))
        if now - doubt.since > UNANSWERED_MAX:
            return await _update(doubt, _ended(doubt.row))
        return await _update(doubt, {"next_attempt_time": now + UNANSWERED_PAUSE})


async def _update(doubt: Doubt, columns: Row) -> Row:
    """What was written: nothing, where somebody else has settled the doubt."""
    standing = Publication.filter(id=doubt.row.id, status=PublicationStatus.UNCONFIRMED)
    same_try = standing.filter(request_started_time=doubt.row.request_started_time)
    return columns if await same_try.update(**columns) else {}


async def _is_being_sent_elsewhere(doubt: Doubt) -> bool:
    """Whether what was seen may be another publication of the same text, whose receipt is still on its way to us."""
    others = Publication.filter(post__clerk_user_id=doubt.owner, platform=doubt.row.platform, content=doubt.row.content)
    return await others.filter(status=PublicationStatus.PUBLISHING).exists()


async def _unrecorded(doubt: Doubt, sightings: Sequence[Sighting]) -> Sighting | None:
    """Of what nobody has a receipt of, what was published nearest to the request."""
    ids = [one.receipt.remote_id for one in sightings]
    taken = await recorded(doubt.owner, doubt.row.platform, ids)
    free = [one for one in sightings if one.receipt.remote_id not in taken]
    return min(free, key=lambda one: abs(one.time - doubt.since), default=None)


def _after_not_finding(row: Publication, now: datetime) -> Row:
    pause = PAUSES[min(row.look_ups, len(PAUSES) - 1)]
    counted: dict[str, Any] = {"look_ups": row.look_ups + 1}
    return counted | ({"next_attempt_time": now + pause} if pause else _ended(row))


def _ended(row: Publication) -> Row:
    """Nobody looks any more: a person has to say."""
    return {"next_attempt_time": None, "error_message": with_more(row.error_message or "", NOT_FOUND)}
