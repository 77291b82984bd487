"""Records the results of requests. If one is lost, the publication becomes UNCONFIRMED when its lease expires."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from perennial.accounts import heads
from perennial.accounts.blocking import block
from perennial.core.fault_points import FaultPoint, reach
from perennial.core.platform_errors import Duplicate, NotSent, OperatorFault
from perennial.core.states import Platform, PublicationStatus
from perennial.db.models import Publication
from perennial.db.outages import is_outage
from perennial.db.retrying import retry_while_away
from perennial.events.publisher import Event
from perennial.observe import metrics
from perennial.observe.logs import get_logger
from perennial.platforms.transport import Receipt
from perennial.publishing import breakers, publication_rows
from perennial.publishing.claims import ClaimResult
from perennial.publishing.outcomes import NO_RECEIPT, Result, after_sending, unconfirmed
from perennial.publishing.publication_rows import ReceiptRow, updating_posts
from perennial.publishing.reconciling.receipts import accounts_sharing, lock_receipts, recorded_remote_ids
from perennial.publishing.transitions import Columns

log = get_logger(__name__)

# Attributes of an enum are slow to read, and there is a line in the log for each publication.
_NAMES = {platform: platform.name for platform in Platform}
_VALUES = {status: status.value for status in PublicationStatus}
RECEIPT_REVOKED = "The post that was found for this publication on the platform belongs to another publication."


@dataclass(frozen=True)
class Recorded:
    """What a transaction recorded: the rows' new columns, the time, and events for other publications that it changed.

    Results whose claim was lost are not in it.
    """

    rows: list[Columns]
    now: datetime
    other_events: list[Event]


# A result and the new columns of its row.
Outcome = tuple[ClaimResult, Columns]


async def record(results: Sequence[ClaimResult]) -> list[Recorded]:
    """Records the results: all in one transaction or, where one of them cannot be written, each by itself.

    While the database is away it retries, for half of a lease; it then gives up, and the results are lost.
    """
    if any(sent.was_sent for sent in results):
        reach(FaultPoint.PUBLICATION_ANSWERED)
    try:
        written = await retry_while_away(lambda: _write(results))
    except Exception as error:
        if len(results) == 1 or is_outage(error):
            lost = [str(sent.claimed.row.id) for sent in results]
            log.exception("results.lost", publications=lost, owners=sorted({sent.claimed.owner for sent in results}))
            return []
        return [recorded for sent in results for recorded in await record([sent])]
    reach(FaultPoint.PUBLICATION_STORED)
    return [written]


async def _write(results: Sequence[ClaimResult]) -> Recorded:
    """Writes the results in one transaction: where the claim still stands, or where a late receipt settles a doubt."""
    recorded: list[Outcome] = []
    about_limits: list[Outcome] = []
    other_events: list[Event] = []
    async with updating_posts({sent.claimed.row.post_id for sent in results}) as now:
        await heads.lock({sent.claimed.account_id for sent in results if _tells_of_account(sent)})
        written = await _write_receipts(results, now)
        for answer in results:
            sent = await _judge(answer, now)
            columns = after_sending(sent, sent.result, now, _jitter)
            if _tells_of_account(answer):
                about_limits.append((sent, columns))
            events = [] if sent.claimed.row.id in written else await _write_row(sent, columns, now)
            if events is None:
                ids = {"publication": str(sent.claimed.row.id)}
                log.warning("publication.claim_lost", owner=sent.claimed.owner, result=repr(sent.result), **ids)
            else:
                recorded.append((sent, columns))
                other_events += events
        await heads.lower(heads.earliest([_scheduled(sent, columns) for sent, columns in recorded]))
        await _write_limits(about_limits, now)
    metrics.count_publications(
        Counter((sent.platform, columns["status"], columns.get("error_code")) for sent, columns in recorded)
    )
    _log_results(recorded)
    return Recorded([columns for _, columns in recorded], now, other_events)


async def _write_receipts(results: Sequence[ClaimResult], now: datetime) -> set[UUID]:
    """Writes all receipts in one statement; returns the ids of the publications whose claim still stood."""
    return await publication_rows.write_receipts(
        [
            ReceiptRow(sent.claimed.row.id, sent.claimed.row.claim_id, sent.result.remote_id, sent.result.url, now)
            for sent in results
            if isinstance(sent.result, Receipt)
        ]
    )


def _scheduled(sent: ClaimResult, columns: Columns) -> tuple[UUID | None, datetime | None]:
    """The account of a publication that is to be sent again, and when."""
    is_scheduled = columns["status"] == PublicationStatus.SCHEDULED
    return sent.claimed.account_id, columns["next_attempt_time"] if is_scheduled else None


def _tells_of_account(sent: ClaimResult) -> bool:
    """Whether the result may change the account's row, or a breaker: any but a plain receipt after others."""
    was_refused = sent.claimed.account.refused_time is not None
    return was_refused or sent.claimed.is_probe or not isinstance(sent.result, Receipt)


async def _judge(sent: ClaimResult, now: datetime) -> ClaimResult:
    """The result as it is to be written: a duplicate may be our own post, an operator's fault the account's alone."""
    if isinstance(sent.result, Duplicate):
        return sent._replace(result=await _resolve_duplicate(sent, sent.result))
    if isinstance(sent.result, OperatorFault):
        return sent._replace(result=await breakers.whose_fault(sent.claimed.account, sent.result, now))
    return sent


async def _resolve_duplicate(sent: ClaimResult, error: Duplicate) -> Result:
    """The receipt of the post that a duplicate error names, if an unclear request may have made it; else the error."""
    if not (error.remote_id and error.url and sent.unclear_since):
        return error
    await lock_receipts(sent.claimed.account)
    others = await recorded_remote_ids(sent.claimed.account, [error.remote_id])
    return error if others else Receipt(error.remote_id, error.url)


async def _write_row(sent: ClaimResult, columns: Columns, now: datetime) -> list[Event] | None:
    """Writes the row where the claim still stands; a late receipt also where the row is in doubt or to be retried.

    Returns the events for other publications; None where nothing was written.
    """
    claimed = Publication.filter(id=sent.claimed.row.id, claim_id=sent.claimed.row.claim_id)
    if await claimed.filter(status=PublicationStatus.PUBLISHING).update(**columns):
        return []
    if not isinstance(sent.result, Receipt):
        return None
    await lock_receipts(sent.claimed.account)
    late = claimed.filter(status__in=[PublicationStatus.UNCONFIRMED, PublicationStatus.SCHEDULED])
    if not await late.update(**columns):
        return None
    return await _revoke_receipts(sent, sent.result, now)


async def _revoke_receipts(sent: ClaimResult, receipt: Receipt, now: datetime) -> list[Event]:
    """Takes the receipt from publications that a look-up or a person gave it to: the platform's answer is certain."""
    accounts = await accounts_sharing(sent.claimed.account)
    same = Publication.filter(remote_id=receipt.remote_id, connected_account_id__in=list(accounts))
    others = await same.exclude(id=sent.claimed.row.id).select_related("post")
    for other in others:
        async with updating_posts({other.post_id}):
            doubt = unconfirmed(sent.platform, RECEIPT_REVOKED, now) | NO_RECEIPT
            await Publication.filter(id=other.id).update(**doubt)
        ids = {"publication": str(other.id), "receipt": receipt.remote_id}
        log.warning("publication.receipt_taken_back", owner=other.post.clerk_user_id, **ids)
    return [Event(other.post.clerk_user_id, other.post_id, other.id) for other in others]


async def _write_limits(outcomes: Sequence[Outcome], now: datetime) -> None:
    """Writes the rate limits of accounts and the breakers of platforms that the results tell of; rows in one order."""
    for sent, columns in outcomes:
        if isinstance(sent.result, NotSent) and sent.result.blocks_account:
            await block(sent.claimed.account, columns["next_attempt_time"], sent.result)
    for sent, _ in sorted(outcomes, key=lambda outcome: outcome[0].platform):
        if isinstance(sent.result, OperatorFault):
            await breakers.trip(sent.claimed.account, sent.result, now)
        elif sent.was_sent:
            await breakers.apply_result(sent.claimed.account, sent.result, now, is_probe=sent.claimed.is_probe)
        elif sent.claimed.is_probe:
            await breakers.release_probe(sent.platform, now)


def _log_results(recorded: Sequence[Outcome]) -> None:
    log_info = log.bind().info
    for sent, columns in recorded:
        claimed = sent.claimed.row
        ids = {"publication": str(claimed.id), "post": str(claimed.post_id), "account": str(sent.claimed.account_id)}
        result = {"status": _VALUES[columns["status"]], "code": columns.get("error_code"), "url": columns.get("url")}
        more = {"platform": _NAMES[claimed.platform], "attempts": sent.attempts}
        log_info("publication.settled", owner=sent.claimed.owner, **more, **ids, **result)


def _jitter() -> float:
    return random.uniform(0.8, 1.2)  # noqa: S311 (spreads load, guards no secret)
