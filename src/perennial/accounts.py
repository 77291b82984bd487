"""Connected accounts: connecting, disconnecting, and their tokens, which are encrypted at rest and never leave here
but for the platform they belong to.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from cryptography.fernet import MultiFernet
from tortoise.expressions import Q

from perennial.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    NotSent,
    OutcomeUnknown,
    PlatformError,
    ReconnectRequired,
    TokenRejected,
    TooManyRequests,
)
from perennial.models import ConnectedAccount, Publication, new_id
from perennial.patience import patiently
from perennial.platforms.base import Identity, Tokens, Transport
from perennial.sealing import opened, sealed
from perennial.states import AccountStatus, Platform, PublicationStatus
from perennial.transactions import transaction

TOKEN_LENGTH_MAX = 4096
REFRESH_MARGIN = timedelta(minutes=1)
REFRESH_LEASE = timedelta(seconds=30)
REFRESH_POLL = timedelta(seconds=2)

ACCOUNT_MISSING = "ACCOUNT_MISSING"
RECONNECT_REQUIRED = "RECONNECT_REQUIRED"

_UNCLAIMED: dict[str, Any] = {"refresh_claim_id": None, "refresh_lease_expires_at": None}


@dataclass(frozen=True)
class Accounts:
    """The operations on accounts. The cipher's first key encrypts, all of them decrypt."""

    platforms: Mapping[Platform, Transport]
    cipher: MultiFernet = field(repr=False)

    async def connect(self, owner: str, platform: Platform, tokens: Tokens, now: datetime) -> ConnectedAccount:
        """Asks the platform whose tokens these are, and keeps them; an account connected before is replaced.

        Raises InvalidInput where the platform does not accept the token, Conflict where it cannot be asked now.
        """
        _check_token("accessToken", tokens.access)
        _check_token("refreshToken", tokens.refresh or "none")
        identity = await self._identify(platform, tokens.access)
        values = {
            "account_id": identity.account_id,
            "handle": identity.handle,
            **self._encrypted(tokens, now),
            "status": AccountStatus.ACTIVE,
            "blocked_until": None,
            "connected_time": now,
            **_UNCLAIMED,
        }
        account, made = await ConnectedAccount.get_or_create(
            clerk_user_id=owner, platform=platform, defaults={"id": new_id(), **values}
        )
        if not made:
            await ConnectedAccount.filter(id=account.id, clerk_user_id=owner).update(**values)
        return await ConnectedAccount.get(id=account.id, clerk_user_id=owner)

    async def disconnect(self, owner: str, account_id: UUID) -> UUID:
        """Forgets the account and its tokens. Raises NotFound, or Conflict while it is publishing."""
        async with transaction():
            account = await ConnectedAccount.filter(id=account_id, clerk_user_id=owner).select_for_update().first()
            if account is None:
                raise NotFound("account")
            if await Publication.exists(
                post__clerk_user_id=owner, platform=account.platform, status=PublicationStatus.PUBLISHING
            ):
                raise Conflict("The account is publishing; try again in some seconds.")
            await ConnectedAccount.filter(id=account_id, clerk_user_id=owner).delete()
        return account_id

    async def listing(self, owner: str) -> list[ConnectedAccount]:
        """The owner's accounts, in the order in which they were connected."""
        return await ConnectedAccount.filter(clerk_user_id=owner).order_by("id")

    def access_token(self, account: ConnectedAccount) -> str:
        """The account's access token. Raises NotSent where none of our keys decrypts it."""
        return opened(self.cipher, account.encrypted_access_token)

    async def refreshed(self, account: ConnectedAccount, now: datetime) -> ConnectedAccount:
        """The account with fresh tokens, stored before anybody uses them.

        Only one caller at a time refreshes an account, under a claim written to its row: platforms take a refresh
        token once. Raises ReconnectRequired (and marks the account), or NotSent where it cannot be done just now.
        """
        if account.encrypted_refresh_token is None:
            raise await self.give_up(account, "The access token is not accepted and there is no refresh token.")
        claim = await self._claim_refresh(account, now)
        if claim is None:
            return await self._refreshed_by_another(account, now)
        try:
            refresh_token = opened(self.cipher, account.encrypted_refresh_token)
            tokens = await self.platforms[account.platform].refresh(refresh_token)
        except ReconnectRequired as error:
            raise await self.give_up(account, str(error)) from error
        except PlatformError as error:
            await self._release(claim)
            raise NotSent("REFRESH_FAILED", f"The token could not be refreshed: {error}") from error
        columns = self._encrypted(tokens, now, keep=account) | _UNCLAIMED
        await patiently(lambda: ConnectedAccount.filter(refresh_claim_id=claim).update(**columns))
        return await ConnectedAccount.get(id=account.id)

    async def give_up(self, account: ConnectedAccount, message: str) -> ReconnectRequired:
        """Marks the account as one to be connected again, unless its tokens were replaced meanwhile."""
        await ConnectedAccount.filter(id=account.id, encrypted_access_token=account.encrypted_access_token).update(
            status=AccountStatus.RECONNECT_REQUIRED, **_UNCLAIMED
        )
        return ReconnectRequired(message)

    async def _identify(self, platform: Platform, access_token: str) -> Identity:
        try:
            return await self.platforms[platform].identify(access_token)
        except TokenRejected as error:
            raise InvalidInput("accessToken", f"{platform.name} does not accept the token.") from error
        except NotSent as error:
            if error.code == "RATE_LIMITED":
                raise TooManyRequests(f"{platform.name} asks to be left alone for a while.") from error
            raise Conflict(f"{platform.name} cannot be asked whose token this is: {error}") from error
        except OutcomeUnknown as error:
            raise Conflict(f"{platform.name} gave no answer to whose token this is; try again.") from error
        except PlatformError as error:
            raise InvalidInput("accessToken", f"{platform.name} refuses the token: {error}") from error

    async def _claim_refresh(self, account: ConnectedAccount, now: datetime) -> UUID | None:
        claim = uuid4()
        free = Q(refresh_lease_expires_at__isnull=True) | Q(refresh_lease_expires_at__lte=now)
        # Of the account as the caller knows it. The access token tells: LinkedIn's refresh token outlives refreshes.
        won = await ConnectedAccount.filter(
            free, id=account.id, encrypted_access_token=account.encrypted_access_token
        ).update(refresh_claim_id=claim, refresh_lease_expires_at=now + REFRESH_LEASE)
        return claim if won else None

    async def _refreshed_by_another(self, account: ConnectedAccount, now: datetime) -> ConnectedAccount:
        current = await ConnectedAccount.get_or_none(id=account.id)
        if current is None or current.status != AccountStatus.ACTIVE:
            raise ReconnectRequired("The account has to be connected again.")
        if current.encrypted_access_token == account.encrypted_access_token:
            raise NotSent(
                "REFRESHING", "The token is being refreshed.", retry_at=now + REFRESH_POLL, costs_attempt=False
            )
        return current

    async def _release(self, claim: UUID) -> None:
        await ConnectedAccount.filter(refresh_claim_id=claim).update(**_UNCLAIMED)

    def _encrypted(self, tokens: Tokens, now: datetime, keep: ConnectedAccount | None = None) -> dict[str, Any]:
        """The columns for these tokens; a refresh token that the platform did not send anew is kept."""
        old = keep.encrypted_refresh_token if keep else None
        return {
            "encrypted_access_token": sealed(self.cipher, tokens.access),
            "encrypted_refresh_token": sealed(self.cipher, tokens.refresh) if tokens.refresh else old,
            "token_expires_at": now + tokens.expires_in if tokens.expires_in is not None else None,
        }


def _check_token(field_name: str, token: str) -> None:
    if not (0 < len(token) <= TOKEN_LENGTH_MAX and token.isascii() and token.isprintable() and " " not in token):
        raise InvalidInput(field_name, "A token is one word of printable ASCII characters, without spaces.")


async def accounts_of(owners: Collection[str]) -> dict[tuple[str, Platform], ConnectedAccount]:
    """The accounts of these owners, by owner and platform, in one query."""
    found = await ConnectedAccount.filter(clerk_user_id__in=list(set(owners)))
    return {(account.clerk_user_id, account.platform): account for account in found}


def problem(account: ConnectedAccount | None, now: datetime) -> str | None:
    """Why nothing can be published with this account; None where it is usable."""
    if account is None:
        return ACCOUNT_MISSING
    if account.status != AccountStatus.ACTIVE or _has_run_out(account, now):
        return RECONNECT_REQUIRED
    return None


def needs_refresh(account: ConnectedAccount, now: datetime) -> bool:
    """Whether the access token is about to run out and can be replaced."""
    expires = account.token_expires_at
    return account.encrypted_refresh_token is not None and expires is not None and expires <= now + REFRESH_MARGIN


def _has_run_out(account: ConnectedAccount, now: datetime) -> bool:
    expires = account.token_expires_at
    return account.encrypted_refresh_token is None and expires is not None and expires <= now
