"""Reads what the explanations of ledger rows need, for all rows of a response in a few queries."""

from collections.abc import Sequence
from datetime import time

from perennial.api.graphql.executions.rows import ExecutionRow
from perennial.api.graphql.posts.loading import posts_by_id, reasons
from perennial.core import clock
from perennial.core.states import PublicationStatus
from perennial.db.models import Post, Publication, QueueExecution
from perennial.db.sql import as_id, run_sql
from perennial.posts.waiting import Reason, own_reason
from perennial.queues.ledger.explanation import explain
from perennial.queues.ledger.published import Sent
from perennial.queues.recurrence.columns import read_slot

_ZONES = """
    SELECT id, timezone, next_local_time FROM recurring_queues
    WHERE id = ANY($1) AND clerk_user_id = $2 AND timezone IS NOT NULL
"""


async def explanations(owner: str, rows: Sequence[QueueExecution | ExecutionRow]) -> list[str]:
    """The explanation of each of these rows of the owner's."""
    rows_sql = await run_sql(_ZONES, list({row.queue_id for row in rows}), owner)
    zones = {as_id(row["id"]): (row["timezone"], _time_of_day(row["next_local_time"])) for row in rows_sql}
    post_ids = list({row.post_id for row in rows if row.post_id})
    posts = dict(zip(post_ids, await posts_by_id(owner, post_ids), strict=True)) if post_ids else {}
    waiting = [one for post in posts.values() for one in _publications(post) if _waits(one)]
    whys = dict(zip([one.id for one in waiting], await reasons(owner, waiting), strict=True)) if waiting else {}
    now = await clock.now()

    def sent(row: QueueExecution | ExecutionRow) -> list[Sent] | None:
        post = posts.get(row.post_id) if row.post_id else None
        return [_sent(one, whys.get(one.id)) for one in _publications(post)] if post else None

    def explanation(row: QueueExecution | ExecutionRow) -> str:
        timezone, time_of_day = zones.get(row.queue_id, (None, None))
        return explain(row, timezone, sent(row), now, time_of_day)

    return [explanation(row) for row in rows]


def _time_of_day(next_local_time: str | None) -> time | None:
    """That of all slots of the queue."""
    return read_slot(next_local_time).time() if next_local_time else None


def _publications(post: Post | None) -> list[Publication]:
    return list(post.publications) if post else []


def _waits(row: Publication) -> bool:
    return row.status == PublicationStatus.SCHEDULED


def _sent(row: Publication, why: Reason | None) -> Sent:
    code, message, until = why or own_reason(row)
    return Sent(row.platform, row.status, row.url, code, message, until or row.next_attempt_time)
