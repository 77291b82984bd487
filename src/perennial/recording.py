"""Writes down what came back from the platforms, whatever else goes wrong: a result that is lost leaves a doubt."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tortoise.queryset import QuerySet

from perennial.claiming import Claimed, locked
from perennial.database import is_outage
from perennial.errors import NotSent
from perennial.fault_points import FaultPoint, reach
from perennial.logs import get_logger
from perennial.models import ConnectedAccount, Publication
from perennial.outcomes import Result, after_sending
from perennial.patience import patiently
from perennial.platforms.base import Receipt
from perennial.scheduling import Row
from perennial.states import PublicationStatus

log = get_logger(__name__)


@dataclass(frozen=True)
class Settled:
    """What came back for a claimed publication; `attempts` counts the one that brought it."""

    claimed: Claimed
    attempts: int
    result: Result


@dataclass(frozen=True)
class Recorded:
    """What was written, in the order of what came back, and the moment of writing."""

    rows: list[Row]
    now: datetime


async def record(settled: Sequence[Settled]) -> list[Recorded]:
    """Records the results: all at once, else, where one of them cannot be written, each by itself.

    While the database is away it waits, for half of a lease: who gives up leaves a publication in doubt.
    """
    reach(FaultPoint.PUBLICATION_ANSWERED)
    try:
        recorded = await patiently(lambda: _write(settled))
    except Exception as error:
        if len(settled) == 1 or is_outage(error):
            log.exception("results.lost", publications=[str(one.claimed.row.id) for one in settled])
            return []
        return [recorded for one in settled for recorded in await record([one])]
    reach(FaultPoint.PUBLICATION_STORED)
    return [recorded]


async def _write(settled: Sequence[Settled]) -> Recorded:
    """One transaction. A result counts where the claim is still ours; a late receipt also settles a doubt."""
    async with locked({one.claimed.row.post_id for one in settled}) as now:
        rows = [after_sending(one.attempts, one.result, now, _jitter) for one in settled]
        for one, row in zip(settled, rows, strict=True):
            await _expected(one).update(**row)
            if isinstance(one.result, NotSent) and one.result.blocks_account:
                account = ConnectedAccount.filter(clerk_user_id=one.claimed.owner, platform=one.claimed.platform)
                await account.update(blocked_until=row["next_attempt_time"])
    for one, row in zip(settled, rows, strict=True):
        _tell(one, row)
    return Recorded(rows, now)


def _expected(one: Settled) -> QuerySet[Publication]:
    states = [PublicationStatus.PUBLISHING]
    if isinstance(one.result, Receipt):
        states.append(PublicationStatus.UNCONFIRMED)
    return Publication.filter(id=one.claimed.row.id, claim_id=one.claimed.row.claim_id, status__in=states)


def _tell(one: Settled, row: Row) -> None:
    log.info(
        "publication.settled",
        publication=str(one.claimed.row.id),
        platform=one.claimed.platform.name,
        owner=one.claimed.owner,
        status=row["status"].value,
        attempts=one.attempts,
        code=row.get("error_code"),
    )


def _jitter() -> float:
    return random.uniform(0.8, 1.2)  # noqa: S311 (spreads load, guards no secret)
