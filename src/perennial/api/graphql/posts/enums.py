"""The enums of posts, registered with GraphQL: import them from here, so that they are registered in time."""

from enum import Enum

from perennial.api.graphql._enums import describe_enum
from perennial.core.states import PostStatus, PublicationStatus

__all__ = ["PostOrder", "PostStatus", "PublicationStatus"]


class PostOrder(Enum):
    """The orders of a list of posts."""

    CREATED_DESC = "created_desc"
    CREATED_ASC = "created_asc"
    SCHEDULED_ASC = "scheduled_asc"
    SCHEDULED_DESC = "scheduled_desc"


describe_enum(
    PostOrder,
    "The order of a list of posts.",
    {
        PostOrder.CREATED_DESC: "The newest first.",
        PostOrder.CREATED_ASC: "The oldest first.",
        PostOrder.SCHEDULED_ASC: (
            "By `scheduledTime`, the earliest first, and drafts without a time last, in the order in which they were "
            "created: with `status: [SCHEDULED]`, what is published next."
        ),
        PostOrder.SCHEDULED_DESC: (
            "By `scheduledTime`, the latest first, and drafts without a time last, the newest of them first."
        ),
    },
)

describe_enum(
    PostStatus,
    "The state of a post, which follows from the states of its publications.",
    {
        PostStatus.DRAFT: "Every publication is a draft.",
        PostStatus.SCHEDULED: "At least one publication is scheduled, and none is being sent.",
        PostStatus.PUBLISHING: (
            "At least one publication is being sent. The post cannot be changed until that has ended, which "
            "takes seconds, or about three minutes if a worker died."
        ),
        PostStatus.PUBLISHED: "Every publication is published.",
        PostStatus.PARTIALLY_PUBLISHED: (
            "Some publications are published, and none of the others is scheduled, being sent or UNCONFIRMED."
        ),
        PostStatus.FAILED: (
            "At least one publication failed, and none is published, scheduled, being sent or UNCONFIRMED."
        ),
        PostStatus.UNCONFIRMED: (
            "At least one publication is UNCONFIRMED: it may or may not have been published. None is scheduled or "
            "being sent; others may be published, failed or drafts. A copy of the post may publish it a second time."
        ),
    },
)
describe_enum(
    PublicationStatus,
    "The state of a post on one platform.",
    {
        PublicationStatus.DRAFT: "The publication has no time yet.",
        PublicationStatus.SCHEDULED: (
            "The publication waits for its `scheduledTime` or, if it has an `errorCode`, for its next attempt, its "
            "account or its platform."
        ),
        PublicationStatus.PUBLISHING: "A worker has claimed the publication and is sending it.",
        PublicationStatus.PUBLISHED: "The publication is on the platform; `remoteId` and `url` identify it there.",
        PublicationStatus.FAILED: (
            "The publication was not published, for the reason in `errorCode`, and is not sent again "
            "automatically. `retryPublication` sends it again."
        ),
        PublicationStatus.UNCONFIRMED: (
            "The publication may or may not have been published, and is not sent again automatically. On X the "
            "service searches for it after 10 seconds, 1 minute and 10 minutes. If it is not found, a person "
            "decides with `confirmPublication` or `retryPublication`."
        ),
    },
)
