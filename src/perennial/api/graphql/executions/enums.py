"""The enum of executions, registered with GraphQL: import it from here, so that it is registered in time."""

from perennial.api.graphql._enums import describe_enum
from perennial.core.states import ExecutionOutcome

__all__ = ["ExecutionOutcome"]

describe_enum(
    ExecutionOutcome,
    "The outcome of one occurrence of a queue.",
    {
        ExecutionOutcome.EXECUTED: "A clone of the post was created and scheduled, for at least one platform.",
        ExecutionOutcome.SKIPPED: (
            "No clone was created. The entry's `reason` says why: no account could be used, the queue was paused, or "
            "another."
        ),
        ExecutionOutcome.FAILED: (
            "No clone was created, because of an internal error. The queue continues one interval later."
        ),
    },
)
