"""The data of the strips of a year on the timeline page: what ran of each queue, what did not and why, and what comes.

It reads the queues of all owners, or of one, so like the timeline feed it is for the embedded mode alone.
"""

from collections.abc import Mapping, Sequence, Set
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, NamedTuple
from uuid import UUID

from tortoise.expressions import Q

from perennial.api.graphql.executions.explaining import explanations
from perennial.core.instants import instant
from perennial.core.states import ExecutionOutcome, PublicationStatus
from perennial.db.models import Publication, QueueExecution, RecurringQueue
from perennial.embedded.timeline.chosen_queues import Choice, chosen_queues, users_with_queues
from perennial.embedded.timeline.feed import QUEUE_TEXT_LENGTH_MAX, next_time, rhythm
from perennial.queues.calendar.zones import find_zone
from perennial.queues.ledger.local_times import in_words
from perennial.queues.recurrence import reasons
from perennial.queues.recurrence.forecast import Upcoming
from perennial.queues.recurrence.series import pending_slot
from perennial.queues.upcoming.obstacles import Obstacle, obstacles
from perennial.queues.upcoming.occurrences import Asked, of_queues

BEHIND, AHEAD = timedelta(weeks=26), timedelta(weeks=26)
EXECUTIONS_MAX = 500  # of a queue: those that ran last, where its owner ran it by hand again and again

Json = dict[str, Any]

# What the page paints of an occurrence that did not run.
_NOT_RUN = {
    reasons.MISSED: "missed",
    reasons.PAUSED: "paused",
    reasons.SCHEDULE_CHANGED: "skipped",
    reasons.EXCLUDED_DATE: "excluded",
    reasons.SKIPPED_BY_OWNER: "skipped",
    reasons.MAX_EXECUTIONS_REACHED: "skipped",
}
_PENDING = {PublicationStatus.SCHEDULED, PublicationStatus.PUBLISHING}

Ahead = tuple[Upcoming, list[Obstacle]]


class Limits(NamedTuple):
    """How late an occurrence is missed, and how soon the same text is a duplicate."""

    missed_after: timedelta
    duplicate_within: timedelta


async def year_feed(choice: Choice, now: datetime, limits: Limits) -> Json:
    """The strips of the queues that are chosen, as many as a page has, and how many there are."""
    queues, offset, total = await chosen_queues(choice)
    ahead = await _all_ahead(queues, now, limits)
    return {
        "from": (now - BEHIND).date().isoformat(),
        "to": (now + AHEAD).date().isoformat(),
        "users": await users_with_queues(),
        "total": total,
        "offset": offset,
        "queues": [await _strip(queue, now, ahead.get(queue.id, [])) for queue in queues],
    }


async def _all_ahead(queues: Sequence[RecurringQueue], now: datetime, limits: Limits) -> dict[UUID, list[Ahead]]:
    """What comes of each queue, and what stands in its way."""
    found: dict[UUID, list[Ahead]] = {}
    for owner in {queue.clerk_user_id for queue in queues}:
        asked, ids = Asked(owner, now, limits.missed_after), [one.id for one in queues if one.clerk_user_id == owner]
        foreseen = [one for row in await of_queues(asked, ids, AHEAD.days + 1, now + AHEAD) for one in row]
        for one, in_its_way in zip(foreseen, await obstacles(asked, foreseen, limits.duplicate_within), strict=True):
            found.setdefault(one.queue.id, []).append((one.occurrence, in_its_way))
    return found


async def _strip(queue: RecurringQueue, now: datetime, ahead: Sequence[Ahead]) -> Json:
    zone = find_zone(queue.timezone) if queue.timezone else UTC
    lately = Q(scheduled_time__gt=now - BEHIND) | Q(until__gt=now - BEHIND)
    newest = await QueueExecution.filter(lately, queue_id=queue.id).order_by("-scheduled_time").limit(EXECUTIONS_MAX)
    return {
        "id": str(queue.id),
        "user": queue.clerk_user_id,
        "name": queue.name,
        "text": _text(queue),
        "status": queue.status.name,
        "statusReason": queue.status_reason,
        "pausedUntil": instant(queue.paused_until) if queue.paused_until else None,
        "pauseReason": queue.pause_reason,
        "nextTime": instant(time) if (time := next_time(queue)) else None,
        "timezone": queue.timezone,
        "rhythm": rhythm(queue),
        "days": [*await _behind(queue, newest[::-1], zone), *(_coming(queue, zone, *one) for one in ahead)],
    }


def _text(queue: RecurringQueue) -> str | None:
    """The beginning of the text that runs next."""
    post = queue.original_post
    texts = sorted(post.publications, key=lambda one: one.id) if post else []
    return texts[0].content[:QUEUE_TEXT_LENGTH_MAX] if texts else None


async def _behind(queue: RecurringQueue, rows: Sequence[QueueExecution], zone: tzinfo) -> list[Json]:
    """What became of the occurrences that have passed, one entry for a row of the ledger."""
    statuses = await _statuses([row.post_id for row in rows if row.post_id])
    words = await explanations(queue.clerk_user_id, rows) if rows else []
    return [
        _day(row.moved_to or row.scheduled_time, zone, _state(row, statuses), one)
        | ({"until": _date(row.until, zone), "count": row.missed_count} if row.until else {})
        for row, one in zip(rows, words, strict=True)
    ]


def _coming(queue: RecurringQueue, zone: tzinfo, one: Upcoming, in_its_way: Sequence[Obstacle]) -> Json:
    """An occurrence ahead: planned, blocked by something that stands in its way, or skipped."""
    slot = in_words(one.scheduled_time, queue.timezone, pending_slot(queue).time())
    words = f"For {slot}"
    if one.time != one.scheduled_time:
        words = f"For {in_words(one.time, queue.timezone)}, moved from {slot}"
    state = "skipped" if one.run is None else "blocked" if in_its_way else "planned"
    return _day(one.time, zone, state, " ".join([f"{words}.", *(each.message for each in in_its_way)]))


async def _statuses(post_ids: Sequence[UUID]) -> Mapping[UUID, list[PublicationStatus]]:
    """The states of the publications of these posts, by post."""
    found: dict[UUID, list[PublicationStatus]] = {}
    for row in await Publication.filter(post_id__in=list(post_ids)).only("post_id", "status") if post_ids else []:
        found.setdefault(row.post_id, []).append(row.status)
    return found


def _state(row: QueueExecution, statuses: Mapping[UUID, list[PublicationStatus]]) -> str:
    """What the page paints of the row: what became of its clone, gone if that was deleted, or why it did not run."""
    if row.outcome != ExecutionOutcome.EXECUTED:
        return _NOT_RUN.get(row.reason or "", "refused")
    states = set(statuses.get(row.post_id, [])) if row.post_id else set()
    return _state_of_clone(states) if states else "gone"


def _state_of_clone(states: Set[PublicationStatus]) -> str:
    """What the page paints of a clone whose publications are in these states."""
    if states & _PENDING:
        return "waits"
    if PublicationStatus.UNCONFIRMED in states:
        return "unclear"
    if not_out := states - {PublicationStatus.PUBLISHED}:
        if PublicationStatus.PUBLISHED in states:
            return "partly"
        return "failed" if PublicationStatus.FAILED in not_out else "held"
    return "ran"


def _day(time: datetime, zone: tzinfo, state: str, text: str) -> Json:
    return {"date": _date(time, zone), "time": instant(time), "state": state, "text": text}


def _date(time: datetime, zone: tzinfo) -> str:
    local: date = time.astimezone(zone).date()
    return local.isoformat()
