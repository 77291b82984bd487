"""The arguments and inputs of accounts. They only change the form of values; `accounts` validates them."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import ID, UNSET, argument

from perennial.api.graphql._arguments import IDEMPOTENCY_KEY
from perennial.api.graphql._enums import Platform

AccountId = Annotated[ID, argument("The id of a connected account of the caller's.")]


@strawberry.input(
    description="Tokens as the platform's OAuth gave them. The platform is asked whose they are. They are encrypted."
)
class ConnectAccountInput:
    platform: Platform = strawberry.field(description="The platform that gave the tokens.")
    access_token: str = strawberry.field(
        description="What requests are made with: 1 to 4,096 printable ASCII characters, without spaces."
    )
    refresh_token: str | None = strawberry.field(
        default=UNSET,
        description=(
            "What a new access token is had with, of the same form. Left out, null or empty: there is none, and the "
            "account has to be connected again when the access token runs out."
        ),
    )
    expires_at: datetime | None = strawberry.field(
        default=UNSET, description="When the access token runs out: in the future. Left out or null: it is not known."
    )
    idempotency_key: str | None = strawberry.field(default=UNSET, description=IDEMPOTENCY_KEY)
