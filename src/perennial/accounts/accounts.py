"""Connected accounts: connecting and disconnecting them, and whether they can be used.

Their tokens are encrypted at rest, and are shown to nobody but the platform they belong to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.fernet import MultiFernet
from tortoise.expressions import F

from perennial.accounts._encryption import encrypted_tokens
from perennial.accounts.refreshing import FRESH
from perennial.core.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    NotSent,
    OutcomeUnknown,
    PlatformError,
    TokenRejected,
    TooManyRequests,
)
from perennial.core.ids import new_id
from perennial.core.states import AccountStatus, Platform, PublicationStatus
from perennial.db.models import ConnectedAccount, Publication
from perennial.db.transactions import transaction
from perennial.idempotency.keys import Key, reserve_key, set_result
from perennial.platforms.transport import Identity, Tokens, Transport

TOKEN_LENGTH_MAX = 4096


@dataclass(frozen=True)
class Accounts:
    """The operations on accounts. The cipher's first key encrypts, all of them decrypt."""

    platforms: Mapping[Platform, Transport]
    cipher: MultiFernet = field(repr=False)

    async def connect(
        self, owner: str, platform: Platform, tokens: Tokens, now: datetime, key: Key | None = None
    ) -> ConnectedAccount:
        """Asks the platform whose tokens these are, and keeps them; an account connected before is replaced.

        Raises InvalidInput where the platform does not accept the token, Conflict where it cannot be asked now,
        KeyTaken.
        """
        _check_token("accessToken", tokens.access)
        _check_token("refreshToken", tokens.refresh or "none")
        identity = await self._identify(platform, tokens.access)
        values = {
            "account_id": identity.account_id,
            "handle": identity.handle,
            "encrypted_refresh_token": None,
            **encrypted_tokens(self.cipher, tokens, now),
            "status": AccountStatus.ACTIVE,
            "blocked_until": None,
            "connected_time": now,
            **FRESH,
        }
        async with transaction():
            account_id = new_id()
            await reserve_key(key, account_id)
            account = await _replace(owner, platform, account_id, values)
            if account.id != account_id:
                await set_result(key, account.id)
        return account

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


async def _replace(owner: str, platform: Platform, account_id: UUID, values: dict[str, Any]) -> ConnectedAccount:
    """Writes the owner's account there, which has this id if there was none before."""
    mine = ConnectedAccount.filter(clerk_user_id=owner, platform=platform)
    if not await mine.update(**values, tokens_version=F("tokens_version") + 1):
        # Whoever connects it at the same moment may be first; one of the two pairs is kept.
        account = ConnectedAccount(id=account_id, clerk_user_id=owner, platform=platform, **values)
        await ConnectedAccount.bulk_create([account], ignore_conflicts=True)
    return await mine.get()


async def get_account(owner: str, account_id: UUID) -> ConnectedAccount:
    """The owner's account. Raises NotFound."""
    account = await ConnectedAccount.get_or_none(id=account_id, clerk_user_id=owner)
    if account is None:
        raise NotFound("account")
    return account


def _check_token(field_name: str, token: str) -> None:
    if not (0 < len(token) <= TOKEN_LENGTH_MAX and token.isascii() and token.isprintable() and " " not in token):
        raise InvalidInput(field_name, "A token is one word of printable ASCII characters, without spaces.")
