"""The enums of queues, registered with GraphQL: import them from here, so that they are registered in time."""

from enum import Enum

from perennial.api.graphql._enums import describe_enum
from perennial.core.states import Cadence, QueueStatus

__all__ = ["Cadence", "QueueOrder", "QueueStatus"]


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
        QueueOrder.NEXT_ASC: "By `nextScheduledTime`, the earliest first.",
        QueueOrder.NEXT_DESC: "By `nextScheduledTime`, the latest first.",
        QueueOrder.CREATED_DESC: "The newest first.",
        QueueOrder.CREATED_ASC: "The oldest first.",
    },
)

describe_enum(
    QueueStatus,
    "The state of a recurring queue.",
    {
        QueueStatus.ACTIVE: "The queue runs at its `nextScheduledTime`.",
        QueueStatus.PAUSED: "The queue does not run until `resumeQueue` is called.",
        QueueStatus.COMPLETED: (
            "The queue has ended, for the reason in `statusReason`. `resumeQueue` can make it active again."
        ),
    },
)
describe_enum(
    Cadence,
    "The time from which a queue's next occurrence is counted. With both values the next occurrence is "
    "`lastExecutedTime` plus `interval` days.",
    {
        Cadence.FIXED: (
            "The next occurrence is counted from the planned time of the last one, however late that ran: a "
            "09:00 queue stays at 09:00. If occurrences were missed while the service was down, only the latest "
            "of them runs, once for all of them."
        ),
        Cadence.AFTER_EXECUTION: (
            "The next occurrence is counted from the moment at which the last one really ran, so delays add up."
        ),
    },
)
