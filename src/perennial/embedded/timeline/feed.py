"""The data of the timeline page: the queues that created the posts on it, and the next posts to go out.

It reads the rows of all owners at once, so it is for the embedded mode alone, whose callers can have any user's token.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from perennial.core.instants import instant
from perennial.core.states import Cadence, Platform, QueueStatus
from perennial.db.models import RecurringQueue
from perennial.db.sql import as_id, as_time, run_sql
from perennial.queues.calendar.rule_words import rule_in_words
from perennial.queues.recurrence.series import Series, pending_slot

COMING_MAX = 20
TEXT_LENGTH_MAX = 200
QUEUE_TEXT_LENGTH_MAX = 80

Row = Mapping[str, Any]
Json = dict[str, Any]

# The queue's columns, and the beginning of the text that it repeats, by which the page names it.
_QUEUE = f"""
    queue.id AS queue_id, queue.name, queue.status, queue.status_reason,
    queue.execution_count, queue.max_executions, (
        SELECT substr(original.content, 1, {QUEUE_TEXT_LENGTH_MAX}) FROM publications AS original
        WHERE original.post_id = queue.original_post_id ORDER BY original.id LIMIT 1
    ) AS original_text
"""  # noqa: S608 (the number is ours)

# The number of an occurrence counts executed occurrences alone, because skipped ones have no post.
_PUBLISHED = f"""
    SELECT publication.remote_id, post.created_by_queue_id, {_QUEUE}, (
        SELECT count(*) FROM queue_executions AS earlier
        WHERE earlier.queue_id = run.queue_id AND earlier.outcome = 'executed'
            AND earlier.scheduled_time <= run.scheduled_time
    ) AS occurrence
    FROM publications AS publication
    JOIN posts AS post ON post.id = publication.post_id
    LEFT JOIN recurring_queues AS queue ON queue.id = post.created_by_queue_id
    LEFT JOIN queue_executions AS run ON run.queue_id = queue.id AND run.post_id = post.id
    WHERE publication.remote_id = ANY($1)
    ORDER BY publication.id
"""  # noqa: S608 (the columns are ours)

# Status and order are literals, so that the database uses the partial indexes on active queues and scheduled rows.
_DUE_QUEUES = f"""
    SELECT queue.id AS source, queue.clerk_user_id AS owner, queue.next_scheduled_time AS time,
        queue.id AS created_by_queue_id, text.platform, substr(text.content, 1, {TEXT_LENGTH_MAX}) AS text, {_QUEUE}
    FROM (
        SELECT * FROM recurring_queues WHERE status = 'active' AND original_post_id IS NOT NULL {{of_user}}
        ORDER BY next_scheduled_time, id LIMIT $1
    ) AS queue
    JOIN publications AS text ON text.post_id = queue.original_post_id
    ORDER BY queue.next_scheduled_time, queue.id, text.id
"""  # noqa: S608 (the numbers are ours)
_DUE_POSTS = f"""
    SELECT post.id AS source, post.clerk_user_id AS owner, text.next_attempt_time AS time,
        post.created_by_queue_id, text.platform, substr(text.content, 1, {TEXT_LENGTH_MAX}) AS text, {_QUEUE}
    FROM (
        SELECT publications.*, clerk_user_id FROM publications JOIN posts ON posts.id = post_id
        WHERE publications.status = 'scheduled' {{of_user}} ORDER BY publications.next_attempt_time LIMIT $1
    ) AS text
    JOIN posts AS post ON post.id = text.post_id
    LEFT JOIN recurring_queues AS queue ON queue.id = post.created_by_queue_id
    ORDER BY text.next_attempt_time, text.id
"""  # noqa: S608


async def timeline_feed(remote_ids: Sequence[str], user: str | None = None) -> Json:
    """The posts with these remote ids, the queues that they name, and the next COMING_MAX posts to go out.

    What comes is that of the user, if one is given, else everybody's. An unknown post is left out. A post without a
    queue was scheduled by its owner. A queue that is not among `queues` was deleted.
    """
    published = await run_sql(_PUBLISHED, list(remote_ids)) if remote_ids else []
    of_user, values = ("AND clerk_user_id = $2", [user]) if user else ("", [])
    queues = await run_sql(_DUE_QUEUES.format(of_user=of_user), COMING_MAX, *values)
    posts = await run_sql(_DUE_POSTS.format(of_user=of_user), COMING_MAX * len(Platform), *values)
    all_queues = {as_id(row["queue_id"]): row for row in [*published, *queues, *posts] if row["queue_id"]}
    known = await RecurringQueue.filter(id__in=list(all_queues))
    runs = {one.id: next_time(one) for one in known}
    due = [{**row, "time": time} for row in queues if (time := runs.get(as_id(row["source"])))]
    coming = _coming(due, are_created=False) | _coming(posts, are_created=True)
    return {
        # An owner may confirm a publication with a remote id that another one has: the first one keeps it.
        "posts": {row["remote_id"]: _post(row) for row in reversed(published)},
        "queues": {str(one.id): _queue(all_queues[one.id], one, runs[one.id]) for one in known},
        "coming": [coming[key] for key in sorted(coming)][:COMING_MAX],
    }


def next_time(queue: RecurringQueue) -> datetime | None:
    """When it runs next, by its owner's will; None: it is not active, or nothing is left that runs."""
    series = Series.of(queue)
    slot = series.first_running() if queue.status == QueueStatus.ACTIVE else None
    return None if slot is None else series.time(slot)


def rhythm(queue: RecurringQueue) -> str:
    """How often it runs, in words; a rule of a rarer kind as it is written."""
    if queue.cadence == Cadence.AFTER_EXECUTION:
        return "a day after each run" if queue.interval == 1 else f"{queue.interval:,} days after each run"
    rule = Series.of(queue).calendar.rule
    return rule_in_words(rule, pending_slot(queue).date()) or f"by the rule {queue.rule}"


def _post(row: Row) -> Json:
    return {"queue": _id(row["created_by_queue_id"]), "occurrence": row["occurrence"] or None}


def _queue(row: Row, queue: RecurringQueue, next_run: datetime | None) -> Json:
    return {
        "text": row["original_text"],
        "name": row["name"],
        "rhythm": rhythm(queue),
        "status": QueueStatus(row["status"]).name,
        "statusReason": row["status_reason"],
        "executionCount": row["execution_count"],
        "maxExecutions": row["max_executions"],
        "nextScheduledTime": instant(next_run) if next_run else None,
    }


def _coming(rows: Iterable[Row], *, are_created: bool) -> dict[tuple[str, str], Json]:
    """The entries by time and source: posts that exist already, or (`are_created` False) those that queues will create.

    A post for several platforms is one entry.
    """
    entries: dict[tuple[str, str], Json] = {}
    for row in rows:
        time = _instant(row["time"])
        new = {
            "time": time,
            "user": row["owner"],
            "queue": _id(row["created_by_queue_id"]),
            "made": are_created,
            "platforms": [],
        }
        entry = entries.setdefault((time, str(row["source"])), new | {"text": row["text"]})
        entry["platforms"].append(Platform(row["platform"]).name)
    return entries


def _id(value: Any) -> str | None:
    return None if value is None else str(value)


def _instant(value: Any) -> str:
    return instant(as_time(value))
