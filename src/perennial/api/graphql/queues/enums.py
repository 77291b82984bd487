"""The enums of queues, registered with GraphQL: import them from here, so that they are registered in time."""

from enum import Enum

from perennial.api.graphql._enums import describe_enum
from perennial.core.states import Cadence, OnDuplicate, QueueStatus
from perennial.core.states import MissedRuns as MissedRunsPolicy
from perennial.queues.recurrence.changes import ResumeFrom

__all__ = [
    "Cadence",
    "MissedRunsPolicy",
    "OnDuplicate",
    "QueueOrder",
    "QueueStatus",
    "ResumeFrom",
]


class QueueOrder(Enum):
    """The orders of a list of queues."""

    NEXT_ASC = "next_asc"
    NEXT_DESC = "next_desc"
    CREATED_DESC = "created_desc"
    CREATED_ASC = "created_asc"


describe_enum(
    QueueOrder,
    "The order of a list of queues.",
    {
        QueueOrder.NEXT_ASC: (
            "By the time of the pending occurrence, the earliest first. That is `nextScheduledTime`, or lies before it "
            "where the pending occurrence is skipped, or on an excluded date: `nextScheduledTime` shows the first that "
            "runs."
        ),
        QueueOrder.NEXT_DESC: "The same, the latest first.",
        QueueOrder.CREATED_DESC: "The newest first.",
        QueueOrder.CREATED_ASC: "The oldest first.",
    },
)

describe_enum(
    QueueStatus,
    "The state of a recurring queue.",
    {
        QueueStatus.ACTIVE: "The queue runs at its `nextScheduledTime`.",
        QueueStatus.PAUSED: "The queue does not run until `resumeQueue` is called, or until its `pausedUntil`.",
        QueueStatus.COMPLETED: (
            "The queue has ended, for the reason in `statusReason`. `resumeQueue` can make it active again."
        ),
    },
)
describe_enum(
    Cadence,
    "The time from which a queue's next occurrence is counted. With both values the next occurrence of a "
    "queue without a time zone is `lastExecutedTime` plus `interval` days of 24 hours.",
    {
        Cadence.FIXED: (
            "The next occurrence is counted from the planned time of the last one, however late that ran: a "
            "09:00 queue stays at 09:00; without a `timezone`, whose days have 24 hours, at 09:00 of UTC. If "
            "occurrences were missed while the service was down, `missedRuns` says whether the latest of them runs."
        ),
        Cadence.AFTER_EXECUTION: (
            "The next occurrence is counted from the moment at which the last one really ran, so delays add up. "
            "Such a queue has an interval, and neither a rule nor a time zone."
        ),
    },
)
describe_enum(
    MissedRunsPolicy,
    "What becomes of occurrences that were missed, which are those that are more than 5 minutes late (or as many as "
    "the service is set to). Those that do not run have their entry in the ledger.",
    {
        MissedRunsPolicy.RUN_LATEST: "The latest of them runs, once for all of them.",
        MissedRunsPolicy.SKIP: "None of them runs. The queue goes on with the next occurrence.",
        MissedRunsPolicy.RUN_IF_WITHIN: "The latest runs, unless it is later than `withinMinutes`.",
    },
    name="MissedRunsPolicy",
)
describe_enum(
    OnDuplicate,
    "What a queue does when a platform refuses a post because it has the same text already.",
    {
        OnDuplicate.SKIP: "It goes on: the publication fails, and the next occurrence runs as ever.",
        OnDuplicate.PAUSE: "It is paused, and its `statusReason` is DUPLICATE_CONTENT.",
    },
)
describe_enum(
    ResumeFrom,
    "What a resumed queue goes on from.",
    {
        ResumeFrom.NOW: (
            "It runs an interval from now. That is for queues with an interval and no time zone, and gives up a "
            "pending time that lies ahead."
        ),
        ResumeFrom.NEXT_SLOT: "It runs at its pending time if that lies ahead, otherwise at the next in its series.",
    },
)
