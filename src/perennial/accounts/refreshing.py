"""Refreshes accounts' tokens. One caller at a time refreshes an account, under a claim written to its row.

A refresh token may work only once (X's does). If an answer is lost, or its caller dies, the same token is tried again,
with growing pauses: if it was used up, the platform then says so. Nothing but that ends a connection. No lock is held
during the request, and new tokens are stored before they are used.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from cryptography.fernet import MultiFernet

from perennial.accounts import refresh_breakers
from perennial.accounts._encryption import decrypt, encrypt_tokens
from perennial.accounts._refresh_claims import (
    NOT_REFRESHING,
    claim_refresh,
    pause_refresh,
    release_refresh,
    reload,
    unchanged,
)
from perennial.accounts.account_rows import AnyAccount
from perennial.core import clock
from perennial.core.fault_points import FaultPoint, reach
from perennial.core.platform_errors import NotSent, OperatorFault, PlatformError, ReconnectRequired, TokenRejected
from perennial.core.states import AccountStatus, Platform
from perennial.db.retrying import retry_while_away
from perennial.observe.logs import get_logger
from perennial.platforms.transport import Tokens, Transport

log = get_logger(__name__)

EXPIRY_MARGIN = timedelta(minutes=1)
REFRESH_LEASE = timedelta(seconds=30)
POLL_PAUSE = timedelta(seconds=2)
# The pauses after the first, second, … refresh in a row whose answer was lost; the last one stays.
LOST_ANSWER_PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
# A platform may not know a token yet for the first seconds of its life (LinkedIn calls it revoked).
FRESH_TOKEN = timedelta(seconds=30)
FRESH_TOKEN_PAUSE = timedelta(seconds=3)
JUST_REFRESHED = timedelta(minutes=5)

T = TypeVar("T")


def needs_refresh(account: AnyAccount, now: datetime) -> bool:
    """Whether the access token expires within EXPIRY_MARGIN and can be refreshed."""
    expires = account.token_expires_at
    return account.encrypted_refresh_token is not None and expires is not None and expires <= now + EXPIRY_MARGIN


@dataclass(frozen=True)
class Refresher:
    """Reads and refreshes tokens. The cipher encrypts with its first key and decrypts with any."""

    platforms: Mapping[Platform, Transport]
    cipher: MultiFernet = field(repr=False)
    stopping: asyncio.Event

    def access_token(self, account: AnyAccount) -> str:
        """The account's access token, decrypted. Raises NotSent if none of our keys can."""
        return decrypt(self.cipher, account.encrypted_access_token)

    async def with_token(self, account: AnyAccount, use: Callable[[AnyAccount, str], Awaitable[T]]) -> T:
        """Returns the result of `use` for the account and its access token; a rejected token is refreshed, once.

        Raises what `use` raises, NotSent, or ReconnectRequired (and marks the account) if no token is accepted.
        """
        try:
            return await self._use(account, use)
        except TokenRejected as error:
            if error.revoked and await _was_just_refreshed(account):  # another one would be revoked as well
                raise await self.give_up(account, str(error)) from error
            account = await self._refresh_after_rejection(account)
        try:
            return await self._use(account, use)
        except TokenRejected as error:
            raise await self.give_up(account, str(error)) from error

    async def refresh(self, account: AnyAccount, now: datetime) -> AnyAccount:
        """The account with refreshed tokens, stored. Raises ReconnectRequired (and marks the account), or NotSent."""
        if account.encrypted_refresh_token is None:
            raise await self.give_up(account, "The access token is not accepted and there is no refresh token.")
        if self.stopping.is_set():  # the process may end before it stores the new tokens
            raise NotSent("REFRESHING", "The worker is stopping.", retry_at=now + POLL_PAUSE, costs_attempt=False)
        refresh_token = decrypt(self.cipher, account.encrypted_refresh_token)
        claim = await claim_refresh(account, now, until=now + REFRESH_LEASE)
        if claim is None:
            return await self._refreshed_elsewhere(account, now)
        try:
            await refresh_breakers.enter(account, now)
            tokens = await self._ask(account, refresh_token, now)
        except ReconnectRequired as error:
            await refresh_breakers.reset(account.platform)
            return await self._handle_refusal(account, error)
        except NotSent as error:
            await release_refresh(account, claim, error)
            raise await self._not_refreshed(account, error, now) from error
        except PlatformError as error:
            raise await self._handle_lost_answer(account, claim, now, error) from error
        account = await self._store(account, tokens, now)
        await refresh_breakers.reset(account.platform)
        return account

    async def give_up(self, account: AnyAccount, message: str) -> PlatformError:
        """Marks the account RECONNECT_REQUIRED; returns the error to raise: NotSent if it has newer tokens to try."""
        if await unchanged(account).update(status=AccountStatus.RECONNECT_REQUIRED, **NOT_REFRESHING):
            ids = {"account": str(account.id), "owner": account.clerk_user_id}
            log.warning("account.reconnect_required", platform=account.platform.name, **ids)
        elif (await reload(account)).tokens_version != account.tokens_version:
            return NotSent("REFRESHING", "The account has new tokens.", costs_attempt=False)
        return ReconnectRequired(message)

    async def _use(self, account: AnyAccount, use: Callable[[AnyAccount, str], Awaitable[T]]) -> T:
        """The result of `use`. Raises NotSent instead of TokenRejected if the platform may not know the token yet."""
        try:
            return await use(account, self.access_token(account))
        except TokenRejected as error:
            now, since = await clock.now(), max(account.connected_time, account.tokens_time or account.connected_time)
            if not error.revoked or now - since >= FRESH_TOKEN:
                raise
            soon = now + FRESH_TOKEN_PAUSE
            raise NotSent("TOKEN_NOT_READY", str(error), retry_at=soon, costs_attempt=False) from error

    async def _refresh_after_rejection(self, account: AnyAccount) -> AnyAccount:
        """Refreshes after a 401. Any failure raises NotSent, since nothing was published with the rejected token."""
        try:
            return await self.refresh(account, await clock.now())
        except PlatformError:
            raise
        except Exception as error:
            log.exception("account.not_refreshed", account=str(account.id), owner=account.clerk_user_id)
            raise NotSent("REFRESH_FAILED", "The token could not be refreshed just now.") from error

    async def _refreshed_elsewhere(self, account: AnyAccount, now: datetime) -> AnyAccount:
        """The account as another caller refreshed it. Raises NotSent until it has."""
        current = await reload(account)
        if current.tokens_version != account.tokens_version:
            return current
        leased_until = current.refresh_lease_expires_at
        is_pause = leased_until is not None and current.refresh_claim_id is None
        retry_at = leased_until if is_pause else now + POLL_PAUSE
        raise NotSent("REFRESHING", "The token is being refreshed.", retry_at=retry_at, costs_attempt=False)

    async def _ask(self, account: AnyAccount, refresh_token: str, now: datetime) -> Tokens:
        tokens = await self.platforms[account.platform].refresh(refresh_token, now)
        reach(FaultPoint.REFRESH_ANSWERED)
        return tokens

    async def _not_refreshed(self, account: AnyAccount, error: NotSent, now: datetime) -> NotSent:
        """The error for an account that could not be refreshed now; what our app or settings are at fault for trips."""
        if isinstance(error, OperatorFault):
            error = await refresh_breakers.refused(account, error, now)
        message = f"The token could not be refreshed: {error}"
        wait = {"costs_attempt": error.costs_attempt, "blocks_account": error.blocks_account}
        return NotSent("REFRESH_FAILED", message, retry_at=error.retry_at, **wait)

    async def _handle_refusal(self, account: AnyAccount, error: ReconnectRequired) -> AnyAccount:
        """Gives up if the platform refuses the refresh token, unless another caller has used it and stored new ones."""
        current = await reload(account)
        if current.tokens_version != account.tokens_version:
            return current
        raise await self.give_up(account, str(error)) from error

    async def _handle_lost_answer(
        self, account: AnyAccount, claim: UUID, now: datetime, error: PlatformError
    ) -> PlatformError:
        """The error after an unknown outcome: NotSent, with a pause that grows with the number of attempts."""
        attempts = (await reload(account)).refresh_attempts
        retry_at = now + LOST_ANSWER_PAUSES[min(max(attempts, 1), len(LOST_ANSWER_PAUSES)) - 1]
        await pause_refresh(claim, retry_at)
        message = f"The token could not be refreshed: {error}"
        return NotSent("REFRESH_FAILED", message, retry_at=retry_at, costs_attempt=False)

    async def _store(self, account: AnyAccount, tokens: Tokens, now: datetime) -> AnyAccount:
        """Stores the new tokens if the row still has the old ones, whoever has the claim: they cannot be had again."""
        columns = encrypt_tokens(self.cipher, tokens, now) | NOT_REFRESHING
        columns |= {"status": AccountStatus.ACTIVE, "tokens_version": account.tokens_version + 1}
        await retry_while_away(lambda: unchanged(account).update(**columns))
        return await reload(account)


async def _was_just_refreshed(account: AnyAccount) -> bool:
    """Whether its access token was had by a refresh some minutes ago."""
    had = account.tokens_time
    return had is not None and had > account.connected_time and await clock.now() - had < JUST_REFRESHED
