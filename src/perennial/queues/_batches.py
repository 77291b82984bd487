"""Batches of queues, read so that none holds up the others: one that cannot be read, or has much to write."""

from collections.abc import Callable, Iterable
from typing import TypeVar
from uuid import UUID

from perennial.db import bulk
from perennial.db.models import RecurringQueue
from perennial.db.sql import as_id
from perennial.observe.logs import get_logger
from perennial.queues._rows import RawRow
from perennial.queues.recurrence.columns import StoredQueue

log = get_logger(__name__)

# A transaction writes about so many rows of ledgers at most, and those of one more queue. A queue has no more than a
# thousand, however long it was not looked at: `passing` says why.
LEDGER_ROWS_MAX = 2_000
QUEUES_AT_ONCE = 20  # are computed before other work of the process has its turn

T = TypeVar("T")


def read_batch(
    rows: Iterable[RawRow], read: Callable[[StoredQueue], T], size: Callable[[T], int]
) -> tuple[list[T], set[UUID]]:
    """What `read` makes of the queues of these rows, one by one; and the ids of those that this version cannot read.

    A newer version has most likely made those, with a time zone, a kind of rule or a cadence that is unknown here: they
    raise ValueError, and are logged. `size` says how many rows of the ledger one makes. Once there are LEDGER_ROWS_MAX
    the rest of the queues is left for the next batch.
    """
    parse = bulk.row_reader(RecurringQueue, StoredQueue)
    found: list[T] = []
    unreadable: set[UUID] = set()
    room = LEDGER_ROWS_MAX
    for row in rows:
        if room <= 0:
            break
        try:
            found.append(read(parse(row)))
        except ValueError as error:
            queue_id = as_id(row["id"])
            log.warning("queue.passed", queue=str(queue_id), owner=row["clerk_user_id"], error=repr(error))
            unreadable.add(queue_id)
        else:
            room -= size(found[-1])
    return found, unreadable
