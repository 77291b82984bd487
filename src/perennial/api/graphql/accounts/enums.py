"""The enums of accounts, registered with GraphQL: import them from here, so that they are registered in time."""

from perennial.api.graphql._enums import describe_enum
from perennial.core.states import AccountStatus

__all__ = ["AccountStatus"]

describe_enum(
    AccountStatus,
    "The state of a connected account.",
    {
        AccountStatus.ACTIVE: "Posts can be published with the account.",
        AccountStatus.RECONNECT_REQUIRED: (
            "The platform refuses the account's tokens, or they have expired and cannot be refreshed. Nothing "
            "is published with the account until `connectAccount` is called with new tokens."
        ),
        AccountStatus.DISCONNECTED: (
            "The account was disconnected, or replaced by another account, and its tokens are deleted. It is only "
            "the account of publications that were sent from it."
        ),
    },
)
