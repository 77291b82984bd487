"""What the mutations of accounts answer."""

import strawberry
from strawberry import ID

from perennial.api.graphql._payloads import WARNINGS, MutationWarning
from perennial.api.graphql.accounts.types import ConnectedAccount


@strawberry.type(description="What `connectAccount` answers.")
class ConnectAccountPayload:
    account: ConnectedAccount = strawberry.field(description="The account that is connected now.")
    warnings: list[MutationWarning] = strawberry.field(default_factory=list, description=WARNINGS)


@strawberry.type(description="What `disconnectAccount` answers.")
class DisconnectAccountPayload:
    deleted_id: ID = strawberry.field(description="The id of the account that was disconnected.")
    warnings: list[MutationWarning] = strawberry.field(default_factory=list, description=WARNINGS)
