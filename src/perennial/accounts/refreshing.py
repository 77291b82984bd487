"""Refreshes accounts' tokens. One caller at a time refreshes an account, under a claim written to its row.

A refresh token may work only once (X's does), so a pair is refreshed at most twice: a second time if the answer was
lost or its caller died. No lock is held during the request, and new tokens are stored before they are used.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

from cryptography.fernet import MultiFernet
from tortoise.expressions import F, Q
from tortoise.queryset import QuerySet

from perennial.accounts._encryption import decrypt, encrypt_tokens
from perennial.accounts.account_rows import AnyAccount
from perennial.core import clock
from perennial.core.errors import ACCOUNT_MISSING, NotSent, PlatformError, ReconnectRequired, TokenRejected
from perennial.core.fault_points import FaultPoint, reach
from perennial.core.states import AccountStatus, Platform
from perennial.db.models import ConnectedAccount
from perennial.db.retrying import retry_while_away
from perennial.observe.logs import get_logger
from perennial.platforms.transport import Tokens, Transport

log = get_logger(__name__)

EXPIRY_MARGIN = timedelta(minutes=1)
REFRESH_LEASE = timedelta(seconds=30)
POLL_PAUSE = timedelta(seconds=2)
REFRESH_ATTEMPTS_MAX = 2
# The pause after a refresh whose answer was lost: the platform may be ailing, and one attempt is left.
LOST_ANSWER_PAUSE = timedelta(minutes=1)

# The columns of an account that is not being refreshed.
NOT_REFRESHING: dict[str, Any] = {"refresh_claim_id": None, "refresh_lease_expires_at": None, "refresh_attempts": 0}

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
            return await use(account, self.access_token(account))
        except TokenRejected:
            account = await self._refresh_after_rejection(account)
        try:
            return await use(account, self.access_token(account))
        except TokenRejected as error:
            raise await self.give_up(account, str(error)) from error

    async def refresh(self, account: AnyAccount, now: datetime) -> AnyAccount:
        """The account with refreshed tokens, stored. Raises ReconnectRequired (and marks the account), or NotSent."""
        if account.encrypted_refresh_token is None:
            raise await self.give_up(account, "The access token is not accepted and there is no refresh token.")
        if self.stopping.is_set():  # the process may end before it stores the new tokens
            raise NotSent("REFRESHING", "The worker is stopping.", retry_at=now + POLL_PAUSE, costs_attempt=False)
        refresh_token = decrypt(self.cipher, account.encrypted_refresh_token)
        claim = await self._claim(account, now)
        if claim is None:
            return await self._refreshed_elsewhere(account, now)
        try:
            tokens = await self._ask(account, refresh_token)
        except ReconnectRequired as error:
            return await self._handle_refusal(account, error)
        except NotSent as error:
            await _release(claim, refresh_attempts=F("refresh_attempts") - 1)
            raise NotSent("REFRESH_FAILED", f"The token could not be refreshed: {error}") from error
        except PlatformError as error:
            raise await self._handle_lost_answer(account, claim, now, error) from error
        return await self._store(account, tokens, now)

    async def give_up(self, account: AnyAccount, message: str) -> PlatformError:
        """Marks the account RECONNECT_REQUIRED; returns the error to raise: NotSent if it has newer tokens to try."""
        if await _unchanged(account).update(status=AccountStatus.RECONNECT_REQUIRED, **NOT_REFRESHING):
            log.warning("account.reconnect_required", account=str(account.id), platform=account.platform.name)
        elif (await _reload(account)).tokens_version != account.tokens_version:
            return NotSent("REFRESHING", "The account has new tokens.", costs_attempt=False)
        return ReconnectRequired(message)

    async def _refresh_after_rejection(self, account: AnyAccount) -> AnyAccount:
        """Refreshes after a 401. Any failure raises NotSent, since nothing was published with the rejected token."""
        try:
            return await self.refresh(account, await clock.now())
        except PlatformError:
            raise
        except Exception as error:
            log.exception("account.not_refreshed", account=str(account.id))
            raise NotSent("REFRESH_FAILED", "The token could not be refreshed just now.") from error

    async def _claim(self, account: AnyAccount, now: datetime) -> UUID | None:
        """Claims the refresh of these tokens; None if another caller has the claim, or no attempt is left."""
        claim = uuid4()
        free = Q(refresh_lease_expires_at__isnull=True) | Q(refresh_lease_expires_at__lte=now)
        claimed = (
            await _unchanged(account)
            .filter(free, refresh_attempts__lt=REFRESH_ATTEMPTS_MAX)
            .update(
                refresh_claim_id=claim,
                refresh_lease_expires_at=now + REFRESH_LEASE,
                refresh_attempts=F("refresh_attempts") + 1,
            )
        )
        return claim if claimed else None

    async def _refreshed_elsewhere(self, account: AnyAccount, now: datetime) -> AnyAccount:
        """The account as another caller refreshed it. Raises NotSent until it has; gives up if no attempt is left."""
        current = await _reload(account)
        if current.tokens_version != account.tokens_version:
            return current
        leased_until = current.refresh_lease_expires_at
        if current.refresh_attempts >= REFRESH_ATTEMPTS_MAX and (leased_until is None or leased_until <= now):
            raise await self.give_up(account, "The token could not be renewed: the platform's answers were lost.")
        is_pause = leased_until is not None and current.refresh_claim_id is None
        retry_at = leased_until if is_pause else now + POLL_PAUSE
        raise NotSent("REFRESHING", "The token is being refreshed.", retry_at=retry_at, costs_attempt=False)

    async def _ask(self, account: AnyAccount, refresh_token: str) -> Tokens:
        tokens = await self.platforms[account.platform].refresh(refresh_token)
        reach(FaultPoint.REFRESH_ANSWERED)
        return tokens

    async def _handle_refusal(self, account: AnyAccount, error: ReconnectRequired) -> AnyAccount:
        """Gives up if the platform refuses the refresh token, unless another caller has used it and stored new ones."""
        current = await _reload(account)
        if current.tokens_version != account.tokens_version:
            return current
        raise await self.give_up(account, str(error)) from error

    async def _handle_lost_answer(
        self, account: AnyAccount, claim: UUID, now: datetime, error: PlatformError
    ) -> PlatformError:
        """The error after an unknown outcome: NotSent with a pause before the last attempt; after it, gives up."""
        if (await _reload(account)).refresh_attempts >= REFRESH_ATTEMPTS_MAX:
            return await self.give_up(account, f"The token could not be renewed: {error}")
        retry_at = now + LOST_ANSWER_PAUSE
        rows = ConnectedAccount.filter(refresh_claim_id=claim)
        await rows.update(refresh_claim_id=None, refresh_lease_expires_at=retry_at)
        message = f"The token could not be refreshed: {error}"
        return NotSent("REFRESH_FAILED", message, retry_at=retry_at, costs_attempt=False)

    async def _store(self, account: AnyAccount, tokens: Tokens, now: datetime) -> AnyAccount:
        """Stores the new tokens if the row still has the old ones, whoever has the claim: they cannot be had again."""
        columns = encrypt_tokens(self.cipher, tokens, now) | NOT_REFRESHING
        columns |= {"status": AccountStatus.ACTIVE, "tokens_version": account.tokens_version + 1}
        await retry_while_away(lambda: _unchanged(account).update(**columns))
        return await _reload(account)


def _unchanged(account: AnyAccount) -> QuerySet[ConnectedAccount]:
    """The account's row, if it still has the tokens that the caller knows."""
    return ConnectedAccount.filter(id=account.id, tokens_version=account.tokens_version)


async def _reload(account: AnyAccount) -> ConnectedAccount:
    """The account as it is now.

    Raises ReconnectRequired if it is marked, and NotSent if it is disconnected: the publication then waits for the
    account that its owner has connected instead.
    """
    current = await ConnectedAccount.get_or_none(id=account.id)
    if current is not None and current.status == AccountStatus.DISCONNECTED:
        raise NotSent(ACCOUNT_MISSING, "The account was disconnected.", costs_attempt=False)
    if current is None or current.status != AccountStatus.ACTIVE:
        raise ReconnectRequired("The account has to be connected again.")
    return current


async def _release(claim: UUID, **columns: Any) -> None:
    free = {"refresh_claim_id": None, "refresh_lease_expires_at": None}
    await ConnectedAccount.filter(refresh_claim_id=claim).update(**free, **columns)
