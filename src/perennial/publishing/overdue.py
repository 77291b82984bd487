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

from perennial.accounts import heads
from perennial.accounts.following import Waiting, adopt
from perennial.core import clock
from perennial.core.publication_codes import ACCOUNT_MISSING, EXPIRED, OUTCOME_UNKNOWN, SUPERSEDED
from perennial.core.states import Platform, PublicationStatus
from perennial.db.models import Publication
from perennial.db.sql import as_id, as_time, literals, run_sql
from perennial.events.publisher import Event, EventPublisher, Topic
from perennial.jobs.alarms import Alarms
from perennial.jobs.batches import do_batches
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
DOUBTS = {ACCOUNT_MISSING: "The account from which it may have been sent is not connected."}

# Whatever has waited so long since its last attempt or retry has waited so long since its scheduled time as well.
_EXPIRED = f"""
    SELECT publications.id, post_id, clerk_user_id AS owner
    FROM publications JOIN posts ON posts.id = post_id
    WHERE publications.status = 'scheduled' AND next_attempt_time <= $1 AND platform IN ({literals(Platform)})
    ORDER BY next_attempt_time LIMIT $2
"""  # noqa: S608 (the platforms are ours)
_STRANDED = """
    SELECT publications.id FROM publications JOIN posts ON posts.id = post_id
    LEFT JOIN connected_accounts AS own ON own.id = connected_account_id AND own.status <> 'disconnected'
    LEFT JOIN connected_accounts AS present ON present.clerk_user_id = posts.clerk_user_id
        AND present.platform = publications.platform AND present.status <> 'disconnected'
    WHERE publications.id = ANY($1) AND own.id IS NULL AND (present.id IS NULL OR unclear_since IS NOT NULL)
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
        await do_batches(self._end_batch, WorkerFunction.PUBLISH, self.alarms, self.single_flight, self.stopping)

    async def _end_batch(self) -> bool:
        """Ends a batch; returns whether it changed anything."""
        now = await clock.now()
        adopted, stranded = await adopt(now, alarm_horizon(CronPeriod.MINUTE, now))
        if adopted:
            await self.alarms.enqueue(WorkerFunction.PUBLISH)
        changed = await self._end(stranded, ACCOUNT_MISSING)
        if self.expire_after:
            rows = await run_sql(_EXPIRED, now - self.expire_after, BATCH_SIZE)
            waiting = [Waiting(as_id(row["id"]), as_id(row["post_id"]), row["owner"]) for row in rows]
            changed += await self._end(waiting, EXPIRED)
        return bool(adopted or changed)

    async def _end(self, waiting: Sequence[Waiting], reason: str) -> int:
        """Ends those for which the reason still holds; returns their number."""
        if not waiting:
            return 0
        async with updating_posts({one.post_id for one in waiting}) as now:
            if reason == ACCOUNT_MISSING:
                rows = await run_sql(_STRANDED, [one.id for one in waiting])
                stranded = {as_id(row["id"]) for row in rows}
                ended = await _end([one for one in waiting if one.id in stranded], reason, now, now)
            else:
                ended = await _end(waiting, reason, now - self.expire_after, now)
        self.events.publish(Topic.PUBLICATIONS, [Event(one.owner, one.post_id, one.id) for one in ended])
        return len(ended)


async def fail(due: Sequence[Due], owners: Mapping[UUID, str], now: datetime) -> list[Event]:
    """Ends those that a claim found to be over, in its transaction; `owners` are the accounts'. Returns the events."""
    ended: list[Waiting] = []
    for reason in (EXPIRED, SUPERSEDED):
        waiting = [Waiting(one.id, one.post_id, owners[one.account_id]) for one in due if one.reason == reason]
        # One that is superseded may be waiting for its next attempt.
        ended += await _end(waiting, reason, None if reason == SUPERSEDED else now, now)
    if ended:
        await update_post_status({one.post_id for one in ended}, now)
    return [Event(one.owner, one.post_id, one.id) for one in ended]


async def _end(waiting: Sequence[Waiting], reason: str, until: datetime | None, now: datetime) -> list[Waiting]:
    """Ends those that are still scheduled, for `until` at the latest; returns them. Their posts are locked."""
    if not waiting:
        return []
    rows = Publication.filter(id__in=[one.id for one in waiting], status=PublicationStatus.SCHEDULED)
    rows = rows.filter(platform__in=list(Platform))
    if until is not None:
        rows = rows.filter(next_attempt_time__lte=until)
    ids = {UUID(str(one)) for one in await rows.values_list("id", flat=True)}
    counts: Counter[tuple[Platform, PublicationStatus, str | None]] = Counter()
    for platform in Platform:
        here = Publication.filter(id__in=list(ids), platform=platform, status=PublicationStatus.SCHEDULED)
        doubt = unconfirmed(platform, DOUBTS.get(reason, MESSAGES[reason]), now)
        in_doubt = here.filter(unclear_since__isnull=False)
        counts[platform, PublicationStatus.UNCONFIRMED, OUTCOME_UNKNOWN] += await in_doubt.update(**doubt)
        columns = failed(reason, MESSAGES[reason])
        if reason == ACCOUNT_MISSING:
            columns["connected_account_id"] = None
        counts[platform, PublicationStatus.FAILED, reason] += await here.filter(unclear_since__isnull=True).update(
            **columns
        )
    metrics.count_publications(+counts)
    ended = [one for one in waiting if one.id in ids]
    for one in ended:
        log.warning("publication.over", publication=str(one.id), post=str(one.post_id), owner=one.owner, code=reason)
    return ended


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
        in_doubt: dict[tuple[Platform, PublicationStatus, str | None], int] = {
            (platform, PublicationStatus.UNCONFIRMED, OUTCOME_UNKNOWN): await expired.filter(
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
