"""Registers the enum of what stands in the way of an occurrence."""

from perennial.api.graphql._enums import describe_enum
from perennial.queues.upcoming.obstacles import ObstacleCode

__all__ = ["ObstacleCode"]

describe_enum(
    ObstacleCode,
    "What stands in the way of an occurrence. Later versions may add codes.",
    {
        ObstacleCode.ACCOUNT_MISSING: "No account is connected on the platform.",
        ObstacleCode.RECONNECT_REQUIRED: "The account on the platform has to be connected again.",
        ObstacleCode.ACCOUNT_BLOCKED: "The platform asks the account to wait, until after the time of the occurrence.",
        ObstacleCode.TOKEN_EXPIRES_BEFORE: (
            "The access token of the account expires before the occurrence, and cannot be refreshed."
        ),
        ObstacleCode.DUPLICATE_TEXT: (
            "The same text goes out from the same account shortly before, so that the platform may refuse it. How "
            "shortly is set by the service, which has 23 hours unless it is configured otherwise."
        ),
        ObstacleCode.ORIGINAL_DELETED: "The post was deleted: the occurrence completes the queue.",
        ObstacleCode.PLATFORM_TRIPPED: "The platform does not serve this service just now, for any account.",
    },
)
