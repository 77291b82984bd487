"""Reads the caller's things by their ids alone, which do not say in which table they are.

That costs one statement that asks all five tables by their primary keys (of publications and executions by their
owner's post or queue, too), however many ids there are, and then, for each kind that was found, the statements with
which `post(id)`, `queue(id)` and their like read rows, once for all of that kind.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from perennial.api.graphql._node import Node
from perennial.api.graphql.accounts.loading import accounts_by_key
from perennial.api.graphql.context import Context
from perennial.api.graphql.executions.types import QueueExecution
from perennial.api.graphql.posts.loading import posts_by_id, publications_by_id
from perennial.api.graphql.posts.types import Post, Publication
from perennial.api.graphql.queues.loading import executions_by_id, queues_by_id
from perennial.api.graphql.queues.types import RecurringQueue
from perennial.db.sql import as_id, run_sql

# Reads those of the ids that are the owner's, in any order.
Load = Callable[[str, Sequence[UUID]], Awaitable[Sequence[Any]]]

# The owner is compared last, behind MATERIALIZED: SQLite would go through all rows of the owner's otherwise.
_KINDS = """
    WITH found AS MATERIALIZED (
        SELECT 'post' AS kind, id, clerk_user_id AS owner FROM posts WHERE id = ANY($2)
        UNION ALL
        SELECT 'queue', id, clerk_user_id FROM recurring_queues WHERE id = ANY($2)
        UNION ALL
        SELECT 'account', id, clerk_user_id FROM connected_accounts WHERE id = ANY($2)
        UNION ALL
        SELECT 'publication', row.id, post.clerk_user_id
        FROM publications AS row JOIN posts AS post ON post.id = row.post_id WHERE row.id = ANY($2)
        UNION ALL
        SELECT 'execution', row.id, queue.clerk_user_id
        FROM queue_executions AS row JOIN recurring_queues AS queue ON queue.id = row.queue_id WHERE row.id = ANY($2)
    )
    SELECT kind, id FROM found WHERE owner = $1
"""


@dataclass(frozen=True)
class _Kind:
    """How a kind of thing is read, and what its rows become."""

    load: Load
    node: Callable[[Any], Node]


_KIND_BY_NAME = {
    "post": _Kind(posts_by_id, Post.of),
    "queue": _Kind(queues_by_id, RecurringQueue.of),
    "account": _Kind(accounts_by_key, lambda account: account),
    "publication": _Kind(publications_by_id, Publication.of),
    "execution": _Kind(executions_by_id, QueueExecution.of),
}


async def load_node(context: Context, node_id: UUID) -> Node | None:
    """The caller's thing with this id, or None. What is asked for at the same time is read together."""
    name = await context.loader(_kinds).load(node_id)
    if name is None:
        return None
    kind = _KIND_BY_NAME[name]
    row = await context.loader(_rows, kind.load).load(node_id)
    return None if row is None else kind.node(row)


async def _kinds(owner: str, ids: Sequence[UUID]) -> list[str | None]:
    """Of which kind the owner's thing with each of these ids is; None where there is none."""
    found = {as_id(row["id"]): row["kind"] for row in await run_sql(_KINDS, owner, list(ids))}
    return [found.get(one) for one in ids]


async def _rows(owner: str, ids: Sequence[UUID], load: Load) -> list[Any]:
    """The rows in the order of the ids; None for what was deleted meanwhile."""
    found = {str(row.id): row for row in await load(owner, ids) if row is not None}
    return [found.get(str(one)) for one in ids]
