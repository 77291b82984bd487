"""The arguments and inputs of accounts. They only change the form of values; `accounts` validates them."""

from datetime import datetime

import strawberry
from strawberry import ID, UNSET

from perennial.api.graphql._arguments import IDEMPOTENCY_KEY
from perennial.api.graphql._enums import Platform


@strawberry.input(
    description=(
        "The tokens that the platform's OAuth issued. The service asks the platform whose account they belong to, "
        "and stores them encrypted."
    )
)
class ConnectAccountInput:
    platform: Platform = strawberry.field(description="The platform that issued the tokens.")
    access_token: str = strawberry.field(
        description=(
            "The token that authorizes requests to the platform. It has 1 to 4,096 printable ASCII characters, and "
            "no spaces."
        )
    )
    refresh_token: str | None = strawberry.field(
        default=UNSET,
        description=(
            "The token with which a new access token is obtained. It has the same form. If it is left out, null "
            "or empty, the account has to be connected again when the access token expires."
        ),
    )
    expires_at: datetime | None = strawberry.field(
        default=UNSET,
        description=(
            "When the access token expires. The time has to be in the future. If it is left out or null, the expiry "
            "is unknown."
        ),
    )
    idempotency_key: str | None = strawberry.field(default=UNSET, description=IDEMPOTENCY_KEY)


@strawberry.input(description="The account to disconnect.")
class DisconnectAccountInput:
    id: ID = strawberry.field(description="The id of one of the caller's connected accounts.")
