"""Ends what goes on too long: claims whose lease has run out, and publications that wait in vain.

A publication waits in vain if it is expired, superseded, or due without an account. It is not sent: it becomes
UNCONFIRMED if an earlier request may have been carried out, else FAILED.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.expressions import Q

from perennial.accounts import heads
from perennial.accounts.following import Waiting, adopt_due
from perennial.core import clock
from perennial.core.errors import ACCOUNT_MISSING, EXPIRED, SUPERSEDED
from perennial.core.states import Platform, PublicationStatus
from perennial.db.models import Publication
from perennial.db.sql import as_id, as_time, run_sql
from perennial.events.publisher import Event, EventPublisher, Topic
from perennial.jobs.alarms import Alarms
from perennial.jobs.cron_periods import alarm_horizon
from perennial.jobs.single_flight import SingleFlight
from perennial.jobs.worker_functions import WorkerFunction
from perennial.observe import metrics
from perennial.observe.logs import get_logger
from perennial.publishing._due import Due
from perennial.publishing.outcomes import failed, released, unconfirmed
from perennial.publishing.publication_rows import expired_claims, update_post_status, updating_posts
from perennial.settings import CronPeriod

log = get_logger(__name__)

BATCH_SIZE = 500

LEASE_RAN_OUT = "The worker that sent it died before the answer was recorded."
MESSAGES = {
    EXPIRED: "It could not be sent for too long, and is not sent this late.",
    SUPERSEDED: "A later post of the same queue was waiting too: only the latest is sent.",
    ACCOUNT_MISSING: "No account is connected for this platform.",
}

# Whatever has waited so long since its last attempt or retry has waited so long since its scheduled time as well.
_EXPIRED = """
    SELECT publications.id, post_id, clerk_user_id AS owner
    FROM publications JOIN posts ON posts.id = post_id
    WHERE publications.status = 'scheduled' AND next_attempt_time <= $1
    ORDER BY next_attempt_time LIMIT $2
"""


@dataclass(frozen=True)
class Overdue:
    """Ends what no claim meets; a claim itself ends what it meets. `expire_after` is zero if nothing expires."""

    alarms: Alarms
    events: EventPublisher
    stopping: asyncio.Event
    expire_after: timedelta
    single_flight: SingleFlight = field(default_factory=lambda: SingleFlight(1))

    async def end_waiting(self) -> None:
        """Ends what is expired or has no account, batch by batch; returns at once if another call is doing so."""
        if not self.single_flight.try_enter():
            return
        try:
            while not self.stopping.is_set() and await self._end_batch(await clock.now()):
                pass
        finally:
            self.single_flight.leave()

    async def _end_batch(self, now: datetime) -> bool:
        """Ends a batch; returns whether it found anything."""
        adopted, stranded = await adopt_due(now, alarm_horizon(CronPeriod.MINUTE, now))
        if adopted:
            await self.alarms.enqueue(WorkerFunction.PUBLISH)
        await self._fail_batch(stranded, ACCOUNT_MISSING, now)
        expired: list[Waiting] = []
        if self.expire_after:
            expired = await _expired(now - self.expire_after)
            await self._fail_batch(expired, EXPIRED, now - self.expire_after)
        return bool(adopted or stranded or expired)

    async def _fail_batch(self, rows: Sequence[Waiting], reason: str, until: datetime) -> None:
        if rows:
            async with updating_posts({row.post_id for row in rows}) as now:
                await _fail(rows, reason, until, now)
            self.events.publish(Topic.PUBLICATIONS, [Event(row.owner, row.post_id, row.id) for row in rows])


async def _expired(until: datetime) -> list[Waiting]:
    rows = await run_sql(_EXPIRED, until, BATCH_SIZE)
    return [Waiting(as_id(row["id"]), as_id(row["post_id"]), row["owner"]) for row in rows]


async def fail(due: Sequence[Due], owners: Mapping[UUID, str], now: datetime) -> list[Event]:
    """Ends those that a claim found to be over, in its transaction; `owners` are the accounts'. Returns the events."""
    over = {reason: [Waiting(one.id, one.post_id, owners[one.account_id]) for one in due if one.reason == reason]
            for reason in (EXPIRED, SUPERSEDED)}  # fmt: skip
    for reason, rows in over.items():
        # One that is superseded may be waiting for its next attempt.
        await _fail(rows, reason, None if reason == SUPERSEDED else now, now)
    if due:
        await update_post_status({one.post_id for one in due}, now)
    return [Event(row.owner, row.post_id, row.id) for rows in over.values() for row in rows]


async def _fail(rows: Sequence[Waiting], reason: str, until: datetime | None, now: datetime) -> None:
    """Ends those that are still scheduled, for `until` at the latest; the caller has locked their posts."""
    if not rows:
        return
    waiting = Publication.filter(id__in=[row.id for row in rows], status=PublicationStatus.SCHEDULED)
    if until is not None:
        waiting = waiting.filter(next_attempt_time__lte=until)
    if reason == ACCOUNT_MISSING:
        accounts = [row.account_id for row in rows if row.account_id]
        waiting = waiting.filter(Q(connected_account_id__isnull=True) | Q(connected_account_id__in=accounts))
    counts: Counter[tuple[Platform, PublicationStatus]] = Counter()
    for platform in Platform:
        here = waiting.filter(platform=platform)
        doubt = unconfirmed(platform, MESSAGES[reason], now)
        counts[platform, PublicationStatus.UNCONFIRMED] += await here.filter(unclear_since__isnull=False).update(
            **doubt
        )
        clear = here.filter(unclear_since__isnull=True)
        counts[platform, PublicationStatus.FAILED] += await clear.update(**failed(reason, MESSAGES[reason]))
    metrics.count_publications(+counts)
    for row in rows:
        log.warning("publication.over", publication=str(row.id), post=str(row.post_id), owner=row.owner, code=reason)


@dataclass(frozen=True)
class Rescued:
    """The events for claims whose lease had expired, and the times at which those in doubt are looked for."""

    events: tuple[Event, ...] = ()
    look_up_times: frozenset[datetime] = frozenset()


async def rescue() -> Rescued:
    """Ends claims whose lease has expired: unmarked ones are scheduled again, marked ones become UNCONFIRMED."""
    now = await clock.now()
    rows = await expired_claims(now)
    if not rows:
        return Rescued()
    async with updating_posts({as_id(row["post_id"]) for row in rows}) as now:
        await heads.lock({as_id(row["account_id"]) for row in rows if row["account_id"]})
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
        await heads.lower(heads.earliest([_account_and_time(row) for row in rows]))
    metrics.count_publications(in_doubt)
    times = {columns["next_attempt_time"] for columns in doubts.values()}
    events = tuple(Event(row["owner"], as_id(row["post_id"]), as_id(row["id"])) for row in rows)
    return Rescued(events, frozenset(times - {None}))


def _account_and_time(row: Mapping[str, Any]) -> tuple[UUID | None, datetime | None]:
    time = row["next_attempt_time"]
    return as_id(row["account_id"]) if row["account_id"] else None, as_time(time) if time else None
