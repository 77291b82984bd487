"""The ledgers of all of an owner's queues together, in the order in which they ran, for clients that catch up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from perennial.api.graphql._paging import Page, cursor_id, cursor_time
from perennial.api.graphql._walks import LAST_ID, Keyset, Source, Walk, count_of, page_of
from perennial.api.graphql.queues.rows import ExecutionRow
from perennial.db import bulk
from perennial.db.models import QueueExecution
from perennial.db.sql import run_sql

KEYSET = Keyset(("executed_time", "id"), (cursor_time, cursor_id))

_LEDGER = Source(", ".join(ExecutionRow._fields), "queue_executions")


async def list_all(owner: str, executed_after: datetime | None, page: Page) -> list[ExecutionRow]:
    """The rows after that time and the page's cursor: one more than the page holds, if there are that many."""
    statement, values = page_of(_LEDGER, [_whole(owner)], KEYSET, _later(executed_after, page.after), page.size + 1)
    return list(map(bulk.row_reader(QueueExecution, ExecutionRow), await run_sql(statement, *values)))


async def count_all(owner: str, executed_after: datetime | None) -> int:
    """How many there are after that time, up to one more than a list counts to."""
    statement, values = count_of(_LEDGER, [_whole(owner)], KEYSET, _later(executed_after))
    return int((await run_sql(statement, *values))[0]["count"])


def _whole(owner: str) -> Walk:
    return Walk({"clerk_user_id": owner})


def _later(executed_after: datetime | None, after: Sequence[Any] | None = None) -> Sequence[Any] | None:
    """The key after which the list begins: that of the cursor, or the last that any row of this time can have."""
    if executed_after is None or (after is not None and after[0] > executed_after):
        return after
    return [executed_after, LAST_ID]
