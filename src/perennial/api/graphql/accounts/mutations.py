"""The mutations of accounts. They read the caller, the time and the arguments, and call `accounts`."""

from datetime import datetime
from functools import partial
from typing import Annotated

import strawberry
from strawberry import ID, argument

from perennial.accounts.accounts import get_account
from perennial.api.graphql._arguments import key_of, parse_id, unset_to_none
from perennial.api.graphql.accounts.inputs import ConnectAccountInput, DisconnectAccountInput
from perennial.api.graphql.accounts.payloads import ConnectAccountPayload, DisconnectAccountPayload
from perennial.api.graphql.accounts.types import ConnectedAccount
from perennial.api.graphql.context import Info
from perennial.core import clock
from perennial.core.errors import InvalidInput
from perennial.idempotency.keys import run_once
from perennial.platforms.transport import Tokens


@strawberry.type
class AccountMutations:
    @strawberry.mutation(
        description=(
            "Connects an account in place of the one that the caller has connected on the platform, which becomes "
            "DISCONNECTED. The account keeps its id if it was connected before, and if the platform has asked it to "
            "wait, it still waits; another account has an id of its own. Publications that wait on the platform are "
            "sent from the account that is connected now, and those that were sent keep theirs. Errors: "
            "BAD_USER_INPUT if the platform does not accept the token, or the token has expired; UNAVAILABLE "
            "if the platform cannot be reached now or refuses the server's app; RATE_LIMITED if the platform limits "
            "requests at the moment."
        )
    )
    async def connect_account(
        self,
        info: Info,
        input: Annotated[ConnectAccountInput, argument("The tokens and their platform.")],  # noqa: A002 (the API's name)
    ) -> ConnectAccountPayload | None:
        owner, accounts = info.context.owner, info.context.process.accounts
        now = await clock.now()
        key = key_of(info, input.idempotency_key, input, now)
        found = await run_once(
            key,
            lambda: accounts.connect(owner, input.platform, _tokens(input, now), now, key),
            partial(get_account, owner),
        )
        return ConnectAccountPayload(account=ConnectedAccount.of(found, now), now=now)

    @strawberry.mutation(
        description=(
            "Disconnects an account and deletes its tokens. Publications that wait on its platform "
            "have no account from then on, and fail with ACCOUNT_MISSING if they become due before an account is "
            "connected; those that were sent keep it as their `account`. Errors: NOT_FOUND; CONFLICT while the "
            "account is publishing."
        )
    )
    async def disconnect_account(
        self,
        info: Info,
        input: Annotated[DisconnectAccountInput, argument("The account.")],  # noqa: A002
    ) -> DisconnectAccountPayload | None:
        owner, accounts = info.context.owner, info.context.process.accounts
        found = await accounts.disconnect(owner, parse_id("account", input.id), await clock.now())
        return DisconnectAccountPayload(deleted_id=ID(str(found)))


def _tokens(tokens: ConnectAccountInput, now: datetime) -> Tokens:
    expires_at = unset_to_none(tokens.expires_at)
    if expires_at is not None and expires_at <= now:
        raise InvalidInput("expiresAt", "The access token has run out already.")
    return Tokens(
        tokens.access_token,
        unset_to_none(tokens.refresh_token) or None,
        expires_at - now if expires_at is not None else None,
    )
