"""The enums of accounts, registered with GraphQL: import them from here, so that they are registered in time."""

from perennial.api.graphql._enums import describe_enum
from perennial.core.states import AccountStatus

__all__ = ["AccountStatus"]

describe_enum(
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
