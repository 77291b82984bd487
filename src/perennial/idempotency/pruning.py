"""Idempotency keys that are too old to count are removed, some at a time, by a worker, once a minute."""

from datetime import datetime

from perennial.db.sql import select
from perennial.idempotency.keys import KEPT
from perennial.observe.logs import get_logger

log = get_logger(__name__)

BATCH = 1_000
BATCHES_MAX = 20  # more than that many thousand a minute are left for the next one

# Nobody is waited for, and nobody has to wait: one that is just being used anew is passed over.
_REMOVE = """
    DELETE FROM idempotency_keys WHERE id IN (
        SELECT id FROM idempotency_keys WHERE created_at <= $1 ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    RETURNING id
"""


async def remove_old_keys(now: datetime) -> int:
    """Removes what is older than a day, the oldest first, within bounds; returns how many that were."""
    removed = 0
    for _ in range(BATCHES_MAX):
        batch = len(await select(_REMOVE, now - KEPT, BATCH))
        removed += batch
        if batch < BATCH:
            break
    if removed:
        log.info("keys.removed", keys=removed)
    return removed
