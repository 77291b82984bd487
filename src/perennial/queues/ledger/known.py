"""What the ledgers of queues have already where rows are to be added to them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Self
from uuid import UUID

from perennial.db import bulk
from perennial.db.models import QueueExecution
from perennial.db.sql import as_id, as_time, is_sqlite

_COLUMNS = """
    known.queue_id, known.scheduled_time,
    known.outcome = 'executed' AND NOT known.extra AND known.moved_to IS NULL AS ran_at_its_time
"""
_IN_SPAN = """
    known.queue_id = given.queue_id AND known.scheduled_time >= given.scheduled_time
    AND known.scheduled_time <= given.until
"""
# A probe for each span, of the index by which rows are unique. With OFFSET that is no join, for which PostgreSQL would
# read a table of which it has no statistics, or that is small, as a whole for each batch.
_ON_POSTGRES = f"""
    SELECT found.* FROM {{given}}
    CROSS JOIN LATERAL (SELECT {_COLUMNS} FROM queue_executions AS known WHERE {_IN_SPAN} OFFSET 0) AS found
"""  # noqa: S608 (the clauses are ours)
_ON_SQLITE = f"SELECT {_COLUMNS} FROM {{given}} JOIN queue_executions AS known ON {_IN_SPAN}"  # noqa: S608

# The times of a queue's rows: whether an occurrence ran there at its own time, as far as that row knows.
Known = Mapping[datetime, bool]


class Span(NamedTuple):
    """A part of a queue's ledger, from one time to another, which count too."""

    queue_id: UUID
    scheduled_time: datetime
    until: datetime

    @classmethod
    def of(cls, queue_id: UUID, times: Sequence[datetime]) -> Self:
        """The one that has all these times; there is one at least."""
        return cls(queue_id, min(times), max(times))


async def read_known(spans: Sequence[Span]) -> Mapping[UUID, Known]:
    """What the ledgers have there, by queue, in one statement; queues with nothing there are left out.

    The caller has locked the queues.
    """
    found: dict[UUID, dict[datetime, bool]] = defaultdict(dict)
    statement = _ON_SQLITE if is_sqlite() else _ON_POSTGRES
    for row in await bulk.execute(statement, QueueExecution, spans):
        found[as_id(row["queue_id"])][as_time(row["scheduled_time"])] = bool(row["ran_at_its_time"])
    return dict(found)
