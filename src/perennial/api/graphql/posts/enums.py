"""The enums of posts, registered with GraphQL: import them from here, so that they are registered in time."""

from perennial.api.graphql._enums import describe_enum
from perennial.core.states import PostStatus, PublicationStatus

__all__ = ["PostStatus", "PublicationStatus"]

describe_enum(
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
describe_enum(
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
