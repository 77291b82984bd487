"""Our enums, made known to GraphQL under their own names: import them from here, so that they are known in time."""

import strawberry

from perennial.recurrence import Cadence, QueueStatus
from perennial.states import AccountStatus, ExecutionOutcome, Platform, PostStatus, PublicationStatus

__all__ = [
    "AccountStatus",
    "Cadence",
    "ExecutionOutcome",
    "Platform",
    "PostStatus",
    "PublicationStatus",
    "QueueStatus",
]

strawberry.enum(Platform, description="Where posts are published.")
strawberry.enum(QueueStatus, description="The states of a recurring queue.")
strawberry.enum(Cadence, description="What a queue's next time is counted from: the occurrence, or the moment it ran.")
strawberry.enum(PostStatus, description="The state of a post, which follows from its publications.")
strawberry.enum(PublicationStatus, description="The states of a post on one platform.")
strawberry.enum(ExecutionOutcome, description="What became of an occurrence of a queue.")
strawberry.enum(AccountStatus, description="Whether an account's tokens are good.")
