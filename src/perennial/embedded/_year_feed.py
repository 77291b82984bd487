"""The data of the strips of a year on the timeline page: what ran of each queue, what did not and why, and what comes.

It reads the queues of all owners, or of one, so like the timeline feed it is for the embedded mode alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import takewhile
from typing import Any
from uuid import UUID

from perennial.api.graphql.executions.explaining import explanations
from perennial.core.instants import instant
from perennial.core.states import ExecutionOutcome, PublicationStatus
from perennial.db.models import Publication, QueueExecution, RecurringQueue
from perennial.queues.calendar.zones import find_zone
from perennial.queues.ledger.local_times import in_words
from perennial.queues.recurrence.forecast import upcoming

QUEUES_MAX = 12
BEHIND, AHEAD = timedelta(weeks=26), timedelta(weeks=26)
NAME_LENGTH_MAX = 80

Json = dict[str, Any]

# What the page paints of an occurrence that did not run.
_NOT_RUN = {
    "MISSED": "missed",
    "PAUSED": "paused",
    "EXCLUDED_DATE": "excluded",
    "SKIPPED_BY_OWNER": "skipped",
}
_PENDING = {PublicationStatus.SCHEDULED, PublicationStatus.PUBLISHING, PublicationStatus.DRAFT}


async def year_feed(user: str | None, now: datetime, missed_after: timedelta) -> Json:
    """The strips of the owner's queues, or of everybody's: QUEUES_MAX at most, active ones and what runs next first."""
    found = RecurringQueue.filter(clerk_user_id=user) if user else RecurringQueue.all()
    total = await found.count()
    order = ("status", "next_scheduled_time", "id")  # active comes before completed and paused
    queues = await found.order_by(*order).limit(QUEUES_MAX).prefetch_related("original_post__publications")
    return {
        "from": (now - BEHIND).date().isoformat(),
        "to": (now + AHEAD).date().isoformat(),
        "total": total,
        "queues": [await _strip(queue, now, missed_after) for queue in queues],
    }


async def _strip(queue: RecurringQueue, now: datetime, missed_after: timedelta) -> Json:
    zone = find_zone(queue.timezone) if queue.timezone else UTC
    rows = await QueueExecution.filter(queue_id=queue.id, scheduled_time__gt=now - BEHIND).order_by("scheduled_time")
    return {
        "id": str(queue.id),
        "user": queue.clerk_user_id,
        "name": queue.name,
        "text": _text(queue),
        "status": queue.status.name,
        "statusReason": queue.status_reason,
        "timezone": queue.timezone,
        "rule": queue.rule,
        "interval": queue.interval,
        "days": [
            *await _behind(queue, rows, zone),
            *_ahead(queue, zone, now, missed_after),
        ],
    }


def _text(queue: RecurringQueue) -> str | None:
    """The beginning of the text that runs next."""
    post = queue.original_post
    texts = sorted(post.publications, key=lambda one: one.id) if post else []
    return texts[0].content[:NAME_LENGTH_MAX] if texts else None


async def _behind(queue: RecurringQueue, rows: Sequence[QueueExecution], zone: tzinfo) -> list[Json]:
    """What became of the occurrences that have passed, one entry for a row of the ledger."""
    statuses = await _statuses([row.post_id for row in rows if row.post_id])
    words = await explanations(queue.clerk_user_id, rows) if rows else []
    return [
        _day(row.moved_to or row.scheduled_time, zone, _state(row, statuses), one)
        | ({"until": _date(row.until, zone)} if row.until else {})
        for row, one in zip(rows, words, strict=True)
    ]


def _ahead(queue: RecurringQueue, zone: tzinfo, now: datetime, missed_after: timedelta) -> Iterator[Json]:
    for one in takewhile(lambda one: one.time < now + AHEAD, upcoming(queue, now, missed_after)):
        words = f"For {in_words(one.time, queue.timezone)}"
        if one.time != one.scheduled_time:
            words += f", moved from {in_words(one.scheduled_time, queue.timezone)}"
        yield _day(one.time, zone, "skipped" if one.run is None else "planned", f"{words}.")


async def _statuses(post_ids: Sequence[UUID]) -> Mapping[UUID, list[PublicationStatus]]:
    """The states of the publications of these posts, by post."""
    found: dict[UUID, list[PublicationStatus]] = {}
    for row in await Publication.filter(post_id__in=list(post_ids)).only("post_id", "status") if post_ids else []:
        found.setdefault(row.post_id, []).append(row.status)
    return found


def _state(row: QueueExecution, statuses: Mapping[UUID, list[PublicationStatus]]) -> str:
    """What the page paints of the row: ran, waits, unclear, failed, partly, or why it did not run."""
    if row.outcome != ExecutionOutcome.EXECUTED:
        return _NOT_RUN.get(row.reason or "", "refused")
    states = set(statuses.get(row.post_id, [])) if row.post_id else set()
    if states & _PENDING:
        return "waits"
    if PublicationStatus.UNCONFIRMED in states:
        return "unclear"
    if PublicationStatus.FAILED in states:
        return "partly" if PublicationStatus.PUBLISHED in states else "failed"
    return "ran"


def _day(time: datetime, zone: tzinfo, state: str, text: str) -> Json:
    return {"date": _date(time, zone), "time": instant(time), "state": state, "text": text}


def _date(time: datetime, zone: tzinfo) -> str:
    local: date = time.astimezone(zone).date()
    return local.isoformat()
