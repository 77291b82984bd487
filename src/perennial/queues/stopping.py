"""Queues that stop by themselves: a queue whose last runs have all failed, or whose text is refused as a duplicate.

The truth is what became of the clones in the ledger, as of now: a tick judges it before it runs a queue. What ran
before the queue was last resumed counts no more. Duplicates are judged as soon as a refusal is recorded, too.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from perennial.core import clock
from perennial.core.publication_codes import DUPLICATE_CONTENT, EXPIRED, SUPERSEDED
from perennial.core.states import OnDuplicate, PublicationStatus
from perennial.db.outages import is_outage
from perennial.db.sql import as_id, as_time, is_sqlite, limit_lock_waits, run_sql
from perennial.db.transactions import transaction
from perennial.observe.logs import get_logger
from perennial.queues.recurrence.columns import StoredQueue
from perennial.queues.recurrence.reasons import REPEATED_FAILURES

log = get_logger(__name__)

STOPPING_LOCK_SECONDS = 0.5  # for a queue that is being edited, while results of other publications wait to be recorded
# It was not sent, because it was too late for it: that says nothing of what comes next.
_NOT_SENT = {EXPIRED, SUPERSEDED}

# Between bounds and in the order of the index, as lists read ledgers. Each is a few probes of an index.
_RUNS = """
    FROM queue_executions WHERE queue_id >= queue.id AND queue_id <= queue.id AND outcome = 'executed'
    ORDER BY queue_id DESC, scheduled_time DESC LIMIT
"""
_FAILED_LAST = f"""
    SELECT id FROM recurring_queues AS queue WHERE id = ANY($1)
    AND (SELECT status FROM posts WHERE posts.id = (SELECT post_id {_RUNS} 1)) = 'failed'
"""  # noqa: S608 (the clauses are ours)
_COLUMNS = "runs.id AS run, runs.queue_id, runs.executed_time, publications.status, publications.error_code"
_ON_POSTGRES = f"""
    SELECT {_COLUMNS} FROM recurring_queues AS queue CROSS JOIN LATERAL (SELECT * {_RUNS} {{limit:d}}) AS runs
    LEFT JOIN publications ON publications.post_id = runs.post_id
    WHERE queue.id = ANY($1) ORDER BY runs.scheduled_time DESC
"""  # noqa: S608
_ON_SQLITE = f"""
    SELECT {_COLUMNS} FROM recurring_queues AS queue
    JOIN queue_executions AS runs ON runs.id IN (SELECT id {_RUNS} {{limit:d}})
    LEFT JOIN publications ON publications.post_id = runs.post_id
    WHERE queue.id = ANY($1) ORDER BY runs.scheduled_time DESC
"""  # noqa: S608
_REFUSED = """
    SELECT id, clerk_user_id FROM recurring_queues AS queue
    WHERE id IN (SELECT created_by_queue_id FROM posts WHERE posts.id = ANY($1))
    AND status = 'active' AND on_duplicate = 'pause' AND EXISTS (
        SELECT 1 FROM queue_executions AS runs JOIN publications ON publications.post_id = runs.post_id
        WHERE runs.queue_id = queue.id AND runs.post_id = ANY($1)
        AND (queue.resumed_time IS NULL OR runs.executed_time > queue.resumed_time)
        AND publications.status = 'failed' AND publications.error_code = $2
    )
    ORDER BY id FOR UPDATE
"""
_PAUSE = """
    UPDATE recurring_queues SET status = 'paused', status_reason = $1, updated_at = $2
    WHERE id = ANY($3) AND clerk_user_id = ANY($4) AND status = 'active'
"""


class SentPublication(NamedTuple):
    """What became of a clone on one platform."""

    status: PublicationStatus
    error_code: str | None


# What became of the clone of a run; nothing, if that was deleted.
Run = Sequence[SentPublication]


def reason_to_stop(queue: StoredQueue, runs: Sequence[Run], failures: int) -> str | None:
    """Why the queue pauses instead of running; None: it runs.

    `runs` are those since it was last resumed, the latest first, `failures` of them at least, where there are as many;
    so many failures in a row pause it, 0: no number does.
    """
    if queue.on_duplicate == OnDuplicate.PAUSE and runs and any(_is_duplicate(one) for one in runs[0]):
        return DUPLICATE_CONTENT
    if failures and len(runs) >= failures and all(map(_has_failed, runs[:failures])):
        return REPEATED_FAILURES
    return None


async def find_reasons_to_stop(queues: Collection[StoredQueue], failures: int) -> dict[UUID, str]:
    """Those of the queues that pause instead of running, with the reasons."""
    may_have_failed = [one.id for one in queues if failures and one.execution_count >= failures]
    suspicious = (
        {as_id(row["id"]) for row in await run_sql(_FAILED_LAST, may_have_failed)} if may_have_failed else set()
    )
    suspicious |= {one.id for one in queues if one.on_duplicate == OnDuplicate.PAUSE and one.execution_count}
    if not suspicious:
        return {}
    suspects = [one for one in queues if one.id in suspicious]
    runs = await _runs_since_resumed(suspects, max(failures, 1))
    reasons = {one.id: reason_to_stop(one, runs[one.id], failures) for one in suspects}
    return {queue_id: reason for queue_id, reason in reasons.items() if reason}


async def pause_after_duplicates(post_ids: Collection[UUID]) -> None:
    """Pauses the queues whose clones these are, if they are to pause when one is refused as a duplicate, and one was.

    It raises nothing: a queue that it cannot pause is judged by the next tick, before it runs.
    """
    try:
        async with transaction():
            await limit_lock_waits(STOPPING_LOCK_SECONDS)
            queues = await run_sql(_REFUSED, list(post_ids), DUPLICATE_CONTENT)
            if queues:
                ids, owners = [as_id(row["id"]) for row in queues], [row["clerk_user_id"] for row in queues]
                await run_sql(_PAUSE, DUPLICATE_CONTENT, await clock.now(), ids, owners)
    except Exception as error:
        write = log.warning if is_outage(error) else log.exception
        write("queue.not_paused", reason=DUPLICATE_CONTENT, error=type(error).__name__)
        return
    for row in queues:
        log_paused(as_id(row["id"]), row["clerk_user_id"], DUPLICATE_CONTENT)


def log_paused(queue_id: UUID, owner: str, reason: str | None) -> None:
    """Says that the service has paused the queue, once that is committed."""
    log.warning("queue.paused", queue=str(queue_id), owner=owner, reason=reason)


async def _runs_since_resumed(queues: Sequence[StoredQueue], number: int) -> Mapping[UUID, list[Run]]:
    """What became of the last runs of each queue, so many at most, the latest first."""
    resumed = {one.id: one.resumed_time for one in queues}
    statement = (_ON_SQLITE if is_sqlite() else _ON_POSTGRES).format(limit=number)
    runs: dict[UUID, dict[UUID, list[SentPublication]]] = defaultdict(lambda: defaultdict(list))
    for row in await run_sql(statement, list(resumed)):
        queue_id, since = as_id(row["queue_id"]), resumed[as_id(row["queue_id"])]
        if since is None or as_time(row["executed_time"]) > since:
            run = runs[queue_id][as_id(row["run"])]
            if row["status"] is not None:
                run.append(SentPublication(PublicationStatus(row["status"]), row["error_code"]))
    return {queue_id: list(runs[queue_id].values()) for queue_id in resumed}


def _has_failed(run: Run) -> bool:
    """Whether the clone is there, and was refused everywhere."""
    return bool(run) and all(one.status == PublicationStatus.FAILED and one.error_code not in _NOT_SENT for one in run)


def _is_duplicate(one: SentPublication) -> bool:
    return one.status == PublicationStatus.FAILED and one.error_code == DUPLICATE_CONTENT
