"""The type QueueExecution. Fields come from rows; only those that cost a query are resolvers."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

import strawberry
from strawberry import ID

from perennial.api.graphql._node import Node
from perennial.api.graphql.context import Info
from perennial.api.graphql.executions.enums import ExecutionOutcome
from perennial.api.graphql.executions.explaining import explanations
from perennial.api.graphql.executions.rows import ExecutionRow
from perennial.api.graphql.posts.loading import posts_by_id
from perennial.api.graphql.posts.types import Post
from perennial.db import models
from perennial.queues.recurrence.reasons import OF_OCCURRENCES, OF_SEVERAL


def _explanation(root: "QueueExecution", info: Info) -> Any:
    return info.context.loader(explanations).load(root.row)


@strawberry.type(
    description=(
        "An entry of a queue's ledger: the outcome of one occurrence, which is one planned time of the queue; of "
        "neighbouring occurrences that did not run, for one reason; or of an extra run."
    )
)
class QueueExecution(Node):
    scheduled_time: datetime = strawberry.field(
        description=(
            "The time of the occurrence, of the first if there are several, before it was moved. A queue has at most "
            "one entry for each."
        )
    )
    executed_time: datetime = strawberry.field(
        description=(
            "When the occurrence really ran. If it did not run, it is the time at which the service decided that."
        )
    )
    outcome: ExecutionOutcome = strawberry.field(description="Whether the occurrence created a clone.")
    reason: str | None = strawberry.field(
        description=(
            "Why the occurrence did not run, or which platforms it left out and why: "
            f"{', '.join(OF_OCCURRENCES)}, ACCOUNT_MISSING:LINKEDIN (several are joined by commas) or "
            "INTERNAL_ERROR:… It is null if the occurrence ran for every platform of the post."
        )
    )
    missed_count: int = strawberry.field(
        description=(
            f"If the reason is {', '.join(OF_SEVERAL[:-1])} or {OF_SEVERAL[-1]}, it is the number of occurrences that "
            "the entry stands for, 1 or more. Otherwise it is the number of earlier occurrences that were missed while "
            "the service was down, and that this one replaces."
        )
    )
    until: datetime | None = strawberry.field(
        description="The time of the last occurrence that the entry stands for. It is null if that is the only one."
    )
    moved_to: datetime | None = strawberry.field(
        description="The time to which the occurrence was moved. It is null if it was not moved."
    )
    extra: bool = strawberry.field(
        description="Whether the queue ran out of turn, because its owner asked for it. Then it is no occurrence."
    )
    queue_id: ID = strawberry.field(description="The id of the queue.")
    explanation: str = strawberry.field(
        resolver=_explanation,
        description=(
            "Sentences for people that answer why something was posted, or why not: what was planned when, in the "
            "queue's time zone; what came of it, on each platform as it is now; why; and what is to be done. Their "
            "words may change: programs read the other fields. It costs 3 points, as the post's publications do."
        ),
    )
    post_id: strawberry.Private[UUID | None]
    row: strawberry.Private[models.QueueExecution | ExecutionRow]

    @strawberry.field(
        description=(
            "The clone that the occurrence created. It is null if there was none, or if it was deleted, by its owner "
            "or because it was too old to be kept."
        )
    )
    async def post(self, info: Info) -> Post | None:
        row = await info.context.loader(posts_by_id).load(self.post_id) if self.post_id else None
        return Post.of(row) if row else None

    @classmethod
    def of(cls, row: models.QueueExecution | ExecutionRow) -> Self:
        """The row as a QueueExecution."""
        return cls(
            id=ID(str(row.id)),
            scheduled_time=row.scheduled_time,
            executed_time=row.executed_time,
            outcome=row.outcome,
            reason=row.reason,
            missed_count=row.missed_count,
            until=row.until,
            moved_to=row.moved_to,
            extra=bool(row.extra),
            queue_id=ID(str(row.queue_id)),
            post_id=row.post_id,
            row=row,
        )
