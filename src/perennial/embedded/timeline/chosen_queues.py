"""Whose queues the strips of a year are of, and which of them: those that have some words, a page at a time."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from perennial.db.models import RecurringQueue
from perennial.db.sql import as_id, run_sql

QUEUES_MAX = 12
USERS_MAX = 100

# Those that will run come first, then those that can be made to; of each kind what is next comes first.
_ORDER = """
    CASE queue.status WHEN 'active' THEN 0 WHEN 'paused' THEN 1 ELSE 2 END, queue.next_scheduled_time, queue.id
"""
_USERS = "SELECT DISTINCT clerk_user_id AS name FROM recurring_queues ORDER BY clerk_user_id LIMIT $1"


class Choice(NamedTuple):
    """What a reader of the page wants to see.

    The queues of a user or, with None, of everybody; those that have the words `find` in their names or in the texts of
    their posts; and of these, in their order, `first` (QUEUES_MAX at most) after as many as `offset`.
    """

    user: str | None = None
    find: str = ""
    first: int = QUEUES_MAX
    offset: int = 0


class Chosen(NamedTuple):
    """The queues, with the texts that run next; how many came before them; and how many there are in all."""

    queues: list[RecurringQueue]
    offset: int
    total: int


async def chosen_queues(choice: Choice) -> Chosen:
    """The queues that the reader wants to see. Where the offset lies behind the last, the last page of them."""
    where, values = _conditions(choice)
    (counted,) = await run_sql(f"SELECT count(*) AS number FROM recurring_queues AS queue {where}", *values)  # noqa: S608
    total, first = counted["number"], min(choice.first, QUEUES_MAX)
    offset = min(choice.offset, max(0, (total - 1) // first * first))
    page = f"SELECT queue.id FROM recurring_queues AS queue {where} ORDER BY {_ORDER} LIMIT {first:d} OFFSET {offset:d}"  # noqa: S608
    ids = [as_id(row["id"]) for row in await run_sql(page, *values)]
    rows = await RecurringQueue.filter(id__in=ids).prefetch_related("original_post__publications") if ids else []
    return Chosen(sorted(rows, key=lambda one: ids.index(one.id)), offset, total)


async def users_with_queues() -> list[str]:
    """The first USERS_MAX of them, by name."""
    return [row["name"] for row in await run_sql(_USERS, USERS_MAX)]


def _conditions(choice: Choice) -> tuple[str, Sequence[Any]]:
    """The WHERE clause, and its values."""
    conditions, values = [], []
    if choice.user:
        values.append(choice.user)
        conditions.append("queue.clerk_user_id = $1")
    if words := choice.find.strip():
        places = range(len(values) + 1, len(values) + 5)
        values += _patterns(words)
        name, text = _has("queue.name", places), _has("text.content", places)
        conditions.append(f"""(
            {name}
            OR EXISTS (SELECT 1 FROM publications AS text WHERE text.post_id = queue.original_post_id AND {text})
            OR EXISTS (
                SELECT 1 FROM queue_posts AS turn JOIN publications AS text ON text.post_id = turn.post_id
                WHERE turn.queue_id = queue.id AND {text}
            )
        )""")  # noqa: S608 (the columns are ours)
    return f"WHERE {' AND '.join(conditions)}" if conditions else "", values


def _patterns(words: str) -> list[str]:
    """For LIKE. SQLite takes a large letter for a small one in ASCII only, so what is typed is tried in four ways."""
    for special in "!%_":
        words = words.replace(special, f"!{special}")
    return [f"%{one}%" for one in (words, words.lower(), words.upper(), words.title())]


def _has(column: str, places: Sequence[int]) -> str:
    likes = (f"lower({column}) LIKE lower(${place}) ESCAPE '!'" for place in places)
    return f"({' OR '.join(likes)})"
