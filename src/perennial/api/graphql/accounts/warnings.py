"""The warnings about the caller's accounts. They are read only where a payload's `warnings` are asked for."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

from perennial.accounts.usability import foreseen_reason
from perennial.api.graphql._payloads import MutationWarning
from perennial.api.graphql.accounts.loading import accounts_by_key
from perennial.api.graphql.accounts.types import ConnectedAccount
from perennial.api.graphql.context import Info
from perennial.core.errors import WarningCode
from perennial.core.instants import instant
from perennial.core.states import Platform

_MESSAGES = {
    WarningCode.ACCOUNT_MISSING: "No account is connected on {platform}: nothing can be published there until one is.",
    WarningCode.RECONNECT_REQUIRED: (
        "The account on {platform} has to be connected again: nothing can be published there until it is."
    ),
    WarningCode.TOKEN_EXPIRES: (
        "The access token of the account on {platform} expires at {expires}, and there is no refresh token: connect "
        "the account again before that."
    ),
}


async def warnings_of_platforms(
    info: Info, times: Mapping[Platform, datetime], now: datetime, fields: Mapping[Platform, str] | None = None
) -> list[MutationWarning]:
    """What stands in the way of publishing on these platforms at these times, with the accounts as they are now.

    A time that is past stands for now. `fields` are the input's fields that the warnings name.
    """
    # They are read anew for each mutation, because one before it in the same document may have connected them.
    loader = info.context.loader(accounts_by_key)
    accounts = await asyncio.gather(*(loader.load(platform) for platform in times))
    found = [
        _warning(platform, account, max(time, now), now, (fields or {}).get(platform))
        for (platform, time), account in zip(times.items(), accounts, strict=True)
    ]
    return [one for one in found if one is not None]


def warnings_of_account(
    account: ConnectedAccount, time: datetime, now: datetime, field: str | None = None
) -> list[MutationWarning]:
    """What stands in the way of publishing with this account at this time."""
    found = _warning(account.platform, account, time, now, field)
    return [found] if found else []


def _warning(
    platform: Platform, account: ConnectedAccount | None, time: datetime, now: datetime, field: str | None
) -> MutationWarning | None:
    reason = foreseen_reason(account.row if account else None, time, now)
    if reason is None:
        return None
    code = WarningCode[reason]
    expires = account.token_expires_at if account else None
    message = _MESSAGES[code].format(platform=platform.label, expires=instant(expires) if expires else "")
    return MutationWarning(code=code, message=message, field=field)
