"""Claims the look-ups of unconfirmed publications, and writes what they found."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any
from uuid import UUID

from perennial.accounts.account_rows import AnyAccount
from perennial.accounts.breaker_rows import PROBE_PAUSE
from perennial.core.platform_errors import NotSent, OperatorFault, PlatformError
from perennial.core.states import Platform, PublicationStatus
from perennial.db.models import Publication
from perennial.db.sql import as_id, as_time, run_sql
from perennial.observe.logs import get_logger
from perennial.platforms.transport import Match
from perennial.publishing.outcomes import LOOK_UP_TIMES, append_advice, published
from perennial.publishing.publication_rows import updating_posts
from perennial.publishing.reconciling.receipts import accounts_sharing, lock_receipts, recorded_remote_ids
from perennial.publishing.transitions import Columns

log = get_logger(__name__)

# The time that a look-up may take: its pages, a refresh, and the pages again. After it another worker looks.
LOOK_UP_LEASE = timedelta(minutes=2)
# A look-up that failed does not count, and is repeated until the request is a day old, without the time in which an
# operator had to act.
UNANSWERED_PAUSE = timedelta(minutes=10)
UNANSWERED_MAX = timedelta(days=1)
LOOK_UPS_MAX = 20

NOT_LOOKED_UP = "It could not be looked for: look there, then confirm it with its URL, or retry it."
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
_NEXT = """
    SELECT next_attempt_time AS time FROM publications
    WHERE status = 'unconfirmed' AND next_attempt_time > $1
    ORDER BY next_attempt_time LIMIT 1
"""


@dataclass(frozen=True)
class LookUp:
    """A look-up that this worker has claimed, for LOOK_UP_LEASE: the unconfirmed publication and its owner."""

    row: Publication
    owner: str

    @property
    def tried(self) -> datetime:
        """When the last request was sent that may have been carried out."""
        return self.row.request_started_time or self.since

    @property
    def since(self) -> datetime:
        """When the first request was sent that may have been carried out."""
        since = self.row.unclear_since or self.row.request_started_time
        if since is None:
            raise RuntimeError("a publication is in doubt of which no request ever went out")
        return since


async def claim_look_ups(now: datetime, room: Mapping[Platform, int]) -> list[LookUp]:
    """Claims due look-ups, as many for each platform as there is room for."""
    claimed: list[LookUp] = []
    due = [await run_sql(_DUE, now, platform.value, count) for platform, count in room.items() if count]
    for row in chain.from_iterable(due):
        unconfirmed = Publication.filter(id=as_id(row["id"]), status=PublicationStatus.UNCONFIRMED)
        if await unconfirmed.filter(next_attempt_time__lte=now).update(next_attempt_time=now + LOOK_UP_LEASE):
            claimed += [LookUp(publication, row["owner"]) for publication in await unconfirmed]
    return claimed


async def next_look_up_time(after: datetime) -> datetime | None:
    """The time after `after` at which the next look-up is due; None if there is none."""
    rows = await run_sql(_NEXT, after)
    return as_time(rows[0]["time"]) if rows else None


async def write_matches(look_up: LookUp, account: AnyAccount, matches: Sequence[Match]) -> Columns:
    """Writes the receipt of the best match, or counts the look-up; returns the written columns."""
    async with updating_posts({look_up.row.post_id}) as now:
        await lock_receipts(account)
        if matches and await _is_same_text_being_sent(look_up, await accounts_sharing(account)):
            columns: Columns = {"next_attempt_time": now + LOOK_UP_LEASE}
        else:
            match = await _best_match(look_up, account, matches)
            columns = published(match.receipt, match.time) if match else _after_no_match(look_up.row, now)
        return await _write(look_up, columns)


async def write_failure(look_up: LookUp, error: PlatformError, counted_from: datetime) -> Columns:
    """Schedules the next look-up after one that failed, or ends the look-ups; returns the written columns.

    They end when UNANSWERED_MAX has passed since `counted_from`.
    """
    async with updating_posts({look_up.row.post_id}) as now:
        ids = {"publication": str(look_up.row.id)}
        log.warning("publication.look_up_unanswered", owner=look_up.owner, error=str(error), **ids)
        if now - counted_from > UNANSWERED_MAX:
            return await _write(look_up, _given_up(look_up.row))
        named = error.retry_at if isinstance(error, NotSent) else None
        pause = PROBE_PAUSE if isinstance(error, OperatorFault) else UNANSWERED_PAUSE
        return await _write(look_up, {"next_attempt_time": named or now + pause})


async def _write(look_up: LookUp, columns: Columns) -> Columns:
    """Writes the columns and returns them; writes and returns nothing if the publication was settled meanwhile."""
    standing = Publication.filter(id=look_up.row.id, status=PublicationStatus.UNCONFIRMED)
    same_try = standing.filter(request_started_time=look_up.row.request_started_time)
    return columns if await same_try.update(**columns) else {}


async def _is_same_text_being_sent(look_up: LookUp, account_ids: Collection[UUID]) -> bool:
    """Whether a match may belong to another publication of the same text whose result is not recorded yet."""
    sending = Publication.filter(connected_account_id__in=list(account_ids), status=PublicationStatus.PUBLISHING)
    return await sending.filter(content=look_up.row.content).exists()


async def _best_match(look_up: LookUp, account: AnyAccount, matches: Sequence[Match]) -> Match | None:
    """Of the matches that no publication has as its receipt, the one published nearest to the request."""
    ids = [match.receipt.remote_id for match in matches]
    others = await recorded_remote_ids(account, ids)
    free = [match for match in matches if match.receipt.remote_id not in others]
    return min(free, key=lambda match: abs(match.time - look_up.since), default=None)


def _after_no_match(row: Publication, now: datetime) -> Columns:
    row.look_ups += 1
    counted: dict[str, Any] = {"look_ups": row.look_ups}
    if row.look_ups >= len(LOOK_UP_TIMES):
        return counted | _given_up(row)
    return counted | {"next_attempt_time": now + LOOK_UP_TIMES[row.look_ups] - LOOK_UP_TIMES[row.look_ups - 1]}


def _given_up(row: Publication) -> Columns:
    """The columns that end the look-ups; from then on a person has to settle the publication."""
    advice = NOT_FOUND if row.look_ups else NOT_LOOKED_UP
    return {"next_attempt_time": None, "error_message": append_advice(row.error_message or "", advice)}
