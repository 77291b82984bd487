"""The queries for connected accounts."""

import strawberry

from perennial.api.graphql.accounts.types import ConnectedAccount
from perennial.api.graphql.context import Info
from perennial.core import clock


@strawberry.type
class AccountQueries:
    @strawberry.field(
        description=(
            "The caller's connected accounts, at most one for each platform, in the order in which they were connected."
        )
    )
    async def accounts(self, info: Info) -> list[ConnectedAccount]:
        rows = await info.context.process.accounts.listing(info.context.owner)
        now = await clock.now()
        return [ConnectedAccount.of(row, now) for row in rows]
