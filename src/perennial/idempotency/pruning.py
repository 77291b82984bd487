"""Deletes expired idempotency keys, in batches; a worker calls it once a minute."""

from datetime import datetime

from perennial.db.sql import run_sql
from perennial.idempotency.keys import KEY_LIFETIME
from perennial.observe.logs import get_logger

log = get_logger(__name__)

BATCH_SIZE = 1_000
BATCHES_MAX = 20  # what exceeds 20,000 a minute is left for the next minute

# SKIP LOCKED: a key that a request is just using anew is skipped, so that neither waits for the other. The size is
# written out: PostgreSQL takes a size that it does not see for a tenth of all keys, and reads all of them.
_REMOVE = """
    DELETE FROM idempotency_keys WHERE id IN (
        SELECT id FROM idempotency_keys WHERE created_at <= $1 ORDER BY created_at LIMIT {size} FOR UPDATE SKIP LOCKED
    )
    RETURNING id
"""


async def remove_old_keys(now: datetime) -> int:
    """Deletes keys older than KEY_LIFETIME, the oldest first, in BATCHES_MAX batches at most; returns their number."""
    removed = 0
    for _ in range(BATCHES_MAX):
        batch = len(await run_sql(_REMOVE.format(size=BATCH_SIZE), now - KEY_LIFETIME))
        removed += batch
        if batch < BATCH_SIZE:
            break
    if removed:
        log.info("keys.removed", keys=removed)
    return removed
