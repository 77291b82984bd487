"""The arguments and inputs of queues, but for those of their settings. `queues` validates the values."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import ID, UNSET, argument

from perennial.api.graphql.queues.enums import ResumeFrom

QUEUE_ID = "The id of one of the caller's queues."
QueueId = Annotated[ID, argument(QUEUE_ID)]
RESUME_AT = (
    "The time of the next occurrence. It has to be in the future, at most a hundred years ahead, and one of the "
    "rule's, if the queue has a rule. If it is left out or null, `from` says when the queue runs next."
)
RESUME_FROM = (
    "What the queue goes on from. If it is left out or null, it is NOW for a queue with an interval and no time zone, "
    "unless that comes after its `endsAt`, and NEXT_SLOT for any other, for which NOW is invalid."
)
RESUME_FROM_WITHOUT_TIME = f"{RESUME_FROM} It cannot be given together with a time."

PAUSE_UNTIL = (
    "When the pause ends by itself: the queue goes on with its first occurrence from then on. It has to be in the "
    "future, and at most a hundred years ahead. If it is left out or null, the pause ends with `resumeQueue`."
)
PAUSE_REASON = (
    "Why, in the caller's words: one line of 1 to 255 characters, one of which can be seen, shown as `pauseReason`."
)


@strawberry.input(description="The queue to delete.")
class DeleteQueueInput:
    id: ID = strawberry.field(description=QUEUE_ID)


@strawberry.input(description="The queue to pause, until when, and why.")
class PauseQueueInput:
    id: ID = strawberry.field(description=QUEUE_ID)
    until: datetime | None = strawberry.field(default=UNSET, description=PAUSE_UNTIL)
    reason: str | None = strawberry.field(default=UNSET, description=PAUSE_REASON)


@strawberry.input(description="The queue to resume, and when.")
class ResumeQueueInput:
    id: ID = strawberry.field(description=QUEUE_ID)
    next_scheduled_time: datetime | None = strawberry.field(default=UNSET, description=RESUME_AT)
    resume_from: ResumeFrom | None = strawberry.field(name="from", default=UNSET, description=RESUME_FROM_WITHOUT_TIME)
