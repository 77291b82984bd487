"""The type ConnectedAccount, whose fields are filled from a row."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry import ID

from perennial.accounts.usability import SOON, expires_soon, unusable_reason
from perennial.api.graphql._enums import Platform
from perennial.api.graphql._node import Node
from perennial.api.graphql.accounts.enums import AccountStatus
from perennial.db import models


@strawberry.type(
    description=(
        "A user's account on a platform. A user has at most one connected for each platform, and keeps those that "
        "were connected before. Its tokens are never returned."
    )
)
class ConnectedAccount(Node):
    id: ID = strawberry.field(
        description=(
            "The account's id, a UUID, which `disconnectAccount` takes. An account that is connected again has the "
            "same id as before."
        )
    )
    platform: Platform = strawberry.field(description="The platform on which the account is.")
    account_id: str = strawberry.field(description="The id that the platform gave the account.")
    handle: str | None = strawberry.field(
        description=(
            "The account's name, which the platform returned when the account was connected. It is null if the "
            "platform returned none."
        )
    )
    status: AccountStatus = strawberry.field(description="Whether posts can be published with the account now.")
    token_expires_at: datetime | None = strawberry.field(
        description=(
            "When the account's access token expires. If there is a refresh token, the service refreshes the "
            "access token before that. It is null if the expiry is unknown."
        )
    )
    expires_soon: bool = strawberry.field(
        description=(
            f"Whether the access token expires within {SOON.days} days, or has expired, and cannot be refreshed, "
            "because there is no refresh token or the platform does not accept it: the account is to be connected "
            "again. It is false if the account is DISCONNECTED."
        )
    )
    row: strawberry.Private[models.ConnectedAccount]

    @classmethod
    def of(cls, row: models.ConnectedAccount, now: datetime) -> Self:
        """The row as a ConnectedAccount, with its status at that moment."""
        status = AccountStatus.RECONNECT_REQUIRED if unusable_reason(row, now) else AccountStatus.ACTIVE
        return cls(
            id=ID(str(row.id)),
            platform=row.platform,
            account_id=row.account_id,
            handle=row.handle,
            status=AccountStatus.DISCONNECTED if row.status == AccountStatus.DISCONNECTED else status,
            token_expires_at=row.token_expires_at,
            expires_soon=expires_soon(row, now),
            row=row,
        )
