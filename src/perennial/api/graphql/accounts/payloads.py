"""What the mutations of accounts answer."""

from datetime import datetime

import strawberry
from strawberry import ID

from perennial.accounts.usability import SOON
from perennial.api.graphql._payloads import WARNINGS, MutationWarning
from perennial.api.graphql.accounts.types import ConnectedAccount
from perennial.api.graphql.accounts.warnings import warnings_of_account


def _warnings(root: "ConnectAccountPayload") -> list[MutationWarning]:
    field = "expiresAt" if root.account.expires_soon else None
    return warnings_of_account(root.account, root.now + SOON, root.now, field)


@strawberry.type(description="What `connectAccount` answers.")
class ConnectAccountPayload:
    account: ConnectedAccount = strawberry.field(description="The account that is connected now.")
    warnings: list[MutationWarning] = strawberry.field(resolver=_warnings, description=WARNINGS)
    now: strawberry.Private[datetime]


@strawberry.type(description="What `disconnectAccount` answers.")
class DisconnectAccountPayload:
    deleted_id: ID = strawberry.field(description="The id of the account that was disconnected.")
    warnings: list[MutationWarning] = strawberry.field(default_factory=list, description=WARNINGS)
