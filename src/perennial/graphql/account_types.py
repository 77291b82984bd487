"""Accounts, as the API answers with them: plain attributes, filled from rows."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry import ID

from perennial import models
from perennial.accounts import problem
from perennial.graphql.enums import AccountStatus, Platform


@strawberry.type(description="A user's connection to a platform. Its tokens are never shown.")
class ConnectedAccount:
    id: ID
    platform: Platform
    account_id: str = strawberry.field(description="The platform's id of the account.")
    handle: str | None
    status: AccountStatus = strawberry.field(
        description="RECONNECT_REQUIRED once its tokens are refused, or have run out and cannot be refreshed."
    )
    token_expires_at: datetime | None

    @classmethod
    def of(cls, row: models.ConnectedAccount, now: datetime) -> Self:
        """The row as the API shows it at that moment."""
        return cls(
            id=ID(str(row.id)),
            platform=row.platform,
            account_id=row.account_id,
            handle=row.handle,
            status=AccountStatus.RECONNECT_REQUIRED if problem(row, now) else AccountStatus.ACTIVE,
            token_expires_at=row.token_expires_at,
        )
