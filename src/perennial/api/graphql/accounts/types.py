"""The type ConnectedAccount, whose fields are filled from a row."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry import ID

from perennial.accounts.usability import unusable_reason
from perennial.api.graphql._enums import Platform
from perennial.api.graphql.accounts.enums import AccountStatus
from perennial.db import models


@strawberry.type(
    description="A user's account on a platform, one at most for each platform. Its tokens are never shown."
)
class ConnectedAccount:
    id: ID = strawberry.field(description="A UUID. `disconnectAccount` takes it.")
    platform: Platform = strawberry.field(description="Where the account is.")
    account_id: str = strawberry.field(description="The platform's id of the account.")
    handle: str | None = strawberry.field(
        description="The account's name, as the platform told it when it was connected. null: it told none."
    )
    status: AccountStatus = strawberry.field(description="Whether posts can be published with it at this moment.")
    token_expires_at: datetime | None = strawberry.field(
        description=(
            "When its access token runs out. It is refreshed before that where there is a refresh token. "
            "null: it is not known."
        )
    )

    @classmethod
    def of(cls, row: models.ConnectedAccount, now: datetime) -> Self:
        """The row as a ConnectedAccount, with its status at that moment."""
        return cls(
            id=ID(str(row.id)),
            platform=row.platform,
            account_id=row.account_id,
            handle=row.handle,
            status=AccountStatus.RECONNECT_REQUIRED if unusable_reason(row, now) else AccountStatus.ACTIVE,
            token_expires_at=row.token_expires_at,
        )
