"""The warnings that every payload has."""

from typing import Self

import strawberry

from perennial.api.graphql._enums import describe_enum
from perennial.core.errors import WarningCode
from perennial.queues.settings.notices import Notice

describe_enum(
    WarningCode,
    "What a warning is about. Later versions may add codes.",
    {
        WarningCode.ACCOUNT_MISSING: "No account is connected on a platform of the post: it cannot be published there.",
        WarningCode.RECONNECT_REQUIRED: "The account on a platform of the post has to be connected again.",
        WarningCode.TOKEN_EXPIRES: (
            "The access token of an account expires before it is needed, and there is no refresh token: the account "
            "has to be connected again before that. Where nobody knows yet when it is needed (a draft, an account that "
            "is connected), the token expires within 7 days."
        ),
        WarningCode.RULE_LEAVES_OUT: "The rule leaves out months or years that its author may not think of.",
        WarningCode.EXCLUDED_DATE: (
            "The next occurrence is on an excluded date: the message says when the queue runs instead, or that it "
            "ends before."
        ),
        WarningCode.CHANGES_DROPPED: (
            "Occurrences ahead that were skipped or moved no longer are, as the queue has others now, or they are on "
            "dates that are excluded now. The message names them by the times that they had."
        ),
        WarningCode.DUPLICATE_TEXT: (
            "One of the queue's next occurrences sends a text shortly after the same account has sent the same, so "
            "that the platform may refuse it."
        ),
        WarningCode.PENDING_TIME_GIVEN_UP: (
            "A queue had a pending time that lay ahead, or had come, at which it will not run."
        ),
        WarningCode.ALREADY_IN_LEDGER: (
            "Occurrences ahead of the queue are in its ledger already, as they were moved to an earlier time, at which "
            "they ran, were skipped or failed. They do not run again. The message names them."
        ),
        WarningCode.STILL_SCHEDULED: (
            "Posts that queues have made are scheduled, and go out although the queues are paused. The message says "
            "how many."
        ),
        WarningCode.HELD_BACK: (
            "Posts that queues have made are drafts, because they were held back or unscheduled, and stay so. The "
            "message says how many."
        ),
        WarningCode.NOT_ALL_RESUMED: (
            "Queues stay paused: there were too many for one request, and the call is to be repeated; or there was a "
            "fault of the service; or some end sooner than an interval from NOW. The message says which."
        ),
        WarningCode.PAUSES_THAT_END: (
            "Queues that `pauseQueue` or the service has paused stay as they are, and go on by themselves, earlier "
            "than those that are paused together. The message says how many, and when the first does."
        ),
        WarningCode.ENDS_WITH_PAUSE: (
            "The queue has no occurrence left that runs after the pause. It is completed once that ends, or once "
            "what is skipped or excluded after it has passed; or queues that were to be resumed are completed, as "
            "they cannot run any more. The message says which."
        ),
        WarningCode.NO_OCCURRENCE_LEFT: (
            "The queue has no occurrence left that runs before it ends, as the others are skipped or excluded. It is "
            "completed once these have passed."
        ),
        WarningCode.ALREADY_ACTIVE: (
            "The queue was active already, and stays as it is: it does not run at the time that was asked for."
        ),
        WarningCode.PAUSED_THEN: (
            "The occurrence is to run at a time that is in the pause of its queue. It does not run if the queue is "
            "still paused then."
        ),
    },
)


@strawberry.type(
    name="Warning",
    description="Something that the caller should know although the mutation was carried out, or that will go wrong.",
)
class MutationWarning:
    code: WarningCode = strawberry.field(description="What the warning is about, for programs.")
    message: str = strawberry.field(description="A sentence for people.")
    field: str | None = strawberry.field(
        default=None, description="The input's field that the warning is about; null if it is not about one alone."
    )

    @classmethod
    def of(cls, notice: Notice) -> Self:
        """The notice as a warning."""
        return cls(code=notice.code, message=notice.message, field=notice.field)


WARNINGS = "What the caller should know although the mutation was carried out. It is empty most of the time."
