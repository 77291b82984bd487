"""Keeping an account's tokens good. Only one caller at a time refreshes an account, under a claim written to its row.

A refresh token may be good once (X's is), so a pair is refreshed twice at most: where the answer was lost, or its
caller died, once more. No lock is held while the platform is asked, and new tokens are stored before anybody uses them.
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

from perennial.accounts._encryption import decrypted, encrypted_tokens
from perennial.accounts.account_rows import AnyAccount
from perennial.core import clock
from perennial.core.errors import NotSent, PlatformError, ReconnectRequired, TokenRejected
from perennial.core.fault_points import FaultPoint, reach
from perennial.core.states import AccountStatus, Platform
from perennial.db.models import ConnectedAccount
from perennial.db.retrying import retry_while_away
from perennial.observe.logs import get_logger
from perennial.platforms.transport import Tokens, Transport

log = get_logger(__name__)

MARGIN = timedelta(minutes=1)
REFRESH_LEASE = timedelta(seconds=30)
POLL = timedelta(seconds=2)
ATTEMPTS_MAX = 2
# After a refresh whose answer was lost: a platform that is ailing is not the time for the last try.
LOST_PAUSE = timedelta(minutes=1)

# An account whose tokens nobody has begun to refresh.
FRESH: dict[str, Any] = {"refresh_claim_id": None, "refresh_lease_expires_at": None, "refresh_attempts": 0}

T = TypeVar("T")


def needs_refresh(account: AnyAccount, now: datetime) -> bool:
    """Whether the access token is about to run out and can be replaced."""
    expires = account.token_expires_at
    return account.encrypted_refresh_token is not None and expires is not None and expires <= now + MARGIN


@dataclass(frozen=True)
class Refresher:
    """The operations on tokens. The cipher's first key encrypts, all of them decrypt."""

    platforms: Mapping[Platform, Transport]
    cipher: MultiFernet = field(repr=False)
    stopping: asyncio.Event

    def access_token(self, account: AnyAccount) -> str:
        """The account's access token. Raises NotSent where none of our keys decrypts it."""
        return decrypted(self.cipher, account.encrypted_access_token)

    async def with_token(self, account: AnyAccount, use: Callable[[AnyAccount, str], Awaitable[T]]) -> T:
        """What `use` makes of the account and its access token; one that is rejected is refreshed, once.

        Raises what `use` raises, NotSent, or ReconnectRequired (and marks the account) where no token is accepted.
        """
        try:
            return await use(account, self.access_token(account))
        except TokenRejected:
            account = await self._refreshed_at_once(account)
        try:
            return await use(account, self.access_token(account))
        except TokenRejected as error:
            raise await self.give_up(account, str(error)) from error

    async def refreshed(self, account: AnyAccount, now: datetime) -> AnyAccount:
        """The account with fresh tokens, stored. Raises ReconnectRequired (and marks the account), or NotSent."""
        if account.encrypted_refresh_token is None:
            raise await self.give_up(account, "The access token is not accepted and there is no refresh token.")
        if self.stopping.is_set():  # new tokens that nobody is left to store would be lost
            raise NotSent("REFRESHING", "The worker is stopping.", retry_at=now + POLL, costs_attempt=False)
        claim = await self._claim(account, now)
        if claim is None:
            return await self._by_another(account, now)
        try:
            tokens = await self._ask(account, account.encrypted_refresh_token)
        except ReconnectRequired as error:
            return await self._after_refusal(account, error)
        except NotSent as error:
            await _free(claim, refresh_attempts=F("refresh_attempts") - 1)
            raise NotSent("REFRESH_FAILED", f"The token could not be refreshed: {error}") from error
        except PlatformError as error:
            raise await self._lost(account, claim, now, error) from error
        return await self._store(account, tokens, now)

    async def give_up(self, account: AnyAccount, message: str) -> PlatformError:
        """Marks the account as one to be connected again. Where its tokens were replaced meanwhile, they are tried."""
        if await _same(account).update(status=AccountStatus.RECONNECT_REQUIRED, **FRESH):
            log.warning("account.reconnect_required", account=str(account.id), platform=account.platform.name)
        elif (await _current(account)).tokens_version != account.tokens_version:
            return NotSent("REFRESHING", "The account has new tokens.", costs_attempt=False)
        return ReconnectRequired(message)

    async def _refreshed_at_once(self, account: AnyAccount) -> AnyAccount:
        """Refreshed after a 401, which leaves no doubt, whatever breaks off now: nothing was done with the token."""
        try:
            return await self.refreshed(account, await clock.now())
        except PlatformError:
            raise
        except Exception as error:
            log.exception("account.not_refreshed", account=str(account.id))
            raise NotSent("REFRESH_FAILED", "The token could not be refreshed just now.") from error

    async def _claim(self, account: AnyAccount, now: datetime) -> UUID | None:
        """The right to refresh the tokens that the caller knows, where nobody else has it and a try is left."""
        claim = uuid4()
        free = Q(refresh_lease_expires_at__isnull=True) | Q(refresh_lease_expires_at__lte=now)
        won = (
            await _same(account)
            .filter(free, refresh_attempts__lt=ATTEMPTS_MAX)
            .update(
                refresh_claim_id=claim,
                refresh_lease_expires_at=now + REFRESH_LEASE,
                refresh_attempts=F("refresh_attempts") + 1,
            )
        )
        return claim if won else None

    async def _by_another(self, account: AnyAccount, now: datetime) -> AnyAccount:
        """What somebody else made of the tokens, or is about to; where no try is left, the account is given up."""
        current = await _current(account)
        if current.tokens_version != account.tokens_version:
            return current
        busy_until = current.refresh_lease_expires_at
        if current.refresh_attempts >= ATTEMPTS_MAX and (busy_until is None or busy_until <= now):
            raise await self.give_up(account, "The token could not be renewed: the platform's answers were lost.")
        pausing = busy_until is not None and current.refresh_claim_id is None
        retry_at = busy_until if pausing else now + POLL
        raise NotSent("REFRESHING", "The token is being refreshed.", retry_at=retry_at, costs_attempt=False)

    async def _ask(self, account: AnyAccount, encrypted: str) -> Tokens:
        tokens = await self.platforms[account.platform].refresh(decrypted(self.cipher, encrypted))
        reach(FaultPoint.REFRESH_ANSWERED)
        return tokens

    async def _after_refusal(self, account: AnyAccount, error: ReconnectRequired) -> AnyAccount:
        """The platform does not know the refresh token: somebody else may have used it, and stored what came back."""
        current = await _current(account)
        if current.tokens_version != account.tokens_version:
            return current
        raise await self.give_up(account, str(error)) from error

    async def _lost(self, account: AnyAccount, claim: UUID, now: datetime, error: PlatformError) -> PlatformError:
        """Nobody knows whether the refresh token is used up: one more try, after a pause, else the account is lost."""
        if (await _current(account)).refresh_attempts >= ATTEMPTS_MAX:
            return await self.give_up(account, f"The token could not be renewed: {error}")
        retry_at = now + LOST_PAUSE
        held = ConnectedAccount.filter(refresh_claim_id=claim)
        await held.update(refresh_claim_id=None, refresh_lease_expires_at=retry_at)
        words = f"The token could not be refreshed: {error}"
        return NotSent("REFRESH_FAILED", words, retry_at=retry_at, costs_attempt=False)

    async def _store(self, account: AnyAccount, tokens: Tokens, now: datetime) -> AnyAccount:
        """Keeps the new pair wherever the old one still stands, whoever has the claim by now: it comes only once."""
        columns = encrypted_tokens(self.cipher, tokens, now) | FRESH
        columns |= {"status": AccountStatus.ACTIVE, "tokens_version": account.tokens_version + 1}
        await retry_while_away(lambda: _same(account).update(**columns))
        return await _current(account)


def _same(account: AnyAccount) -> QuerySet[ConnectedAccount]:
    """The account's row, as long as it has the tokens that the caller knows."""
    return ConnectedAccount.filter(id=account.id, tokens_version=account.tokens_version)


async def _current(account: AnyAccount) -> ConnectedAccount:
    """The account as it is now. Raises ReconnectRequired where it is gone, or has been given up."""
    current = await ConnectedAccount.get_or_none(id=account.id)
    if current is None or current.status != AccountStatus.ACTIVE:
        raise ReconnectRequired("The account has to be connected again.")
    return current


async def _free(claim: UUID, **columns: Any) -> None:
    free = {"refresh_claim_id": None, "refresh_lease_expires_at": None}
    await ConnectedAccount.filter(refresh_claim_id=claim).update(**free, **columns)
