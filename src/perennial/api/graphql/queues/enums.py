"""The enums of queues, registered with GraphQL: import them from here, so that they are registered in time."""

from perennial.api.graphql._enums import describe_enum
from perennial.core.states import Cadence, ExecutionOutcome, QueueStatus

__all__ = ["Cadence", "ExecutionOutcome", "QueueStatus"]

describe_enum(
    QueueStatus,
    "The states of a recurring queue.",
    {
        QueueStatus.ACTIVE: "It runs whenever its `nextScheduledTime` has come.",
        QueueStatus.PAUSED: "It does not run until `resumeQueue`.",
        QueueStatus.COMPLETED: "It has ended, and `statusReason` says why. `resumeQueue` may revive it.",
    },
)
describe_enum(
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
describe_enum(
    ExecutionOutcome,
    "What became of an occurrence of a queue.",
    {
        ExecutionOutcome.EXECUTED: "A clone was made and scheduled, for at least one platform.",
        ExecutionOutcome.SKIPPED: "No clone was made: no account can be used, or the original was deleted.",
        ExecutionOutcome.FAILED: "No clone was made, for an error on our side. The queue goes on an interval later.",
    },
)
