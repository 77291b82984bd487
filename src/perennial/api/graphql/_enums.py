"""Our enums, made known to GraphQL under their own names: import them from here, so that they are known in time.

What is said of their members stands here: the floors that they come from know nothing of GraphQL.
"""

from collections.abc import Mapping
from enum import Enum

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from perennial.core.states import (
    AccountStatus,
    Cadence,
    ExecutionOutcome,
    Platform,
    PostStatus,
    PublicationStatus,
    QueueStatus,
)

__all__ = [
    "AccountStatus",
    "Cadence",
    "ExecutionOutcome",
    "Platform",
    "PostStatus",
    "PublicationStatus",
    "QueueStatus",
]


def _make_known(enum: type[Enum], description: str, members: Mapping[Enum, str]) -> None:
    """Names the enum to GraphQL, with what is to be said of it and of each member. Raises KeyError for one unsaid."""
    strawberry.enum(enum, description=description)
    definition: StrawberryEnumDefinition = vars(enum)["__strawberry_definition__"]
    for value in definition.values:
        value.description = members[enum[value.name]]


_make_known(
    Platform,
    "Where posts are published.",
    {
        Platform.X: "X. A text may count 280 there: a link counts 23, an emoji 2.",
        Platform.LINKEDIN: "LinkedIn. A text may count 3,000 there: an emoji, or a reserved character, counts 2.",
    },
)
_make_known(
    QueueStatus,
    "The states of a recurring queue.",
    {
        QueueStatus.ACTIVE: "It runs whenever its `nextScheduledTime` has come.",
        QueueStatus.PAUSED: "It does not run until `resumeQueue`.",
        QueueStatus.COMPLETED: "It has ended, and `statusReason` says why. `resumeQueue` may revive it.",
    },
)
_make_known(
    Cadence,
    "What a queue's next time is counted from; with both it is `lastExecutedTime` plus `interval` days.",
    {
        Cadence.FIXED: (
            "From the occurrence that ran, however late it did: a 09:00 queue stays at 09:00. Of occurrences that were "
            "missed while the service was down, the latest runs and stands for all of them."
        ),
        Cadence.AFTER_EXECUTION: "From the moment at which the occurrence really ran, so lateness adds up.",
    },
)
_make_known(
    PostStatus,
    "The state of a post. It follows from the states of its publications.",
    {
        PostStatus.DRAFT: "Every publication is a draft.",
        PostStatus.SCHEDULED: "At least one publication waits for its time, and none is being sent.",
        PostStatus.PUBLISHING: (
            "At least one publication is being sent. The post cannot be changed until that has ended, which takes "
            "seconds, or about three minutes where a worker died."
        ),
        PostStatus.PUBLISHED: "Every publication is published.",
        PostStatus.PARTIALLY_PUBLISHED: "Some publications are published; of the others none waits or is being sent.",
        PostStatus.FAILED: "None is published, none waits or is being sent, and at least one failed or is unconfirmed.",
    },
)
_make_known(
    PublicationStatus,
    "The states of a post on one platform.",
    {
        PublicationStatus.DRAFT: "It has no time yet.",
        PublicationStatus.SCHEDULED: "It waits for its `scheduledTime`, or, with an `errorCode`, for its next attempt.",
        PublicationStatus.PUBLISHING: "A worker has taken it and sends it.",
        PublicationStatus.PUBLISHED: "The platform has it; `remoteId` and `url` say where.",
        PublicationStatus.FAILED: (
            "It was not published and is not sent again by itself; `errorCode` says why. "
            "`retryPublication` has it sent again."
        ),
        PublicationStatus.UNCONFIRMED: (
            "It may have been published or not, and is not sent again by itself. X is looked through for it after 10 "
            "seconds, 1 minute and 10 minutes. Else a person settles it, by `confirmPublication` or `retryPublication`."
        ),
    },
)
_make_known(
    ExecutionOutcome,
    "What became of an occurrence of a queue.",
    {
        ExecutionOutcome.EXECUTED: "A clone was made and scheduled, for at least one platform.",
        ExecutionOutcome.SKIPPED: "No clone was made: no account can be used, or the original was deleted.",
        ExecutionOutcome.FAILED: "No clone was made, for an error on our side. The queue goes on an interval later.",
    },
)
_make_known(
    AccountStatus,
    "Whether an account's tokens are good.",
    {
        AccountStatus.ACTIVE: "Posts can be published with it.",
        AccountStatus.RECONNECT_REQUIRED: (
            "The platform refuses its tokens, or they have run out and cannot be refreshed. "
            "Nothing is published with it until `connectAccount` is called with new ones."
        ),
    },
)
