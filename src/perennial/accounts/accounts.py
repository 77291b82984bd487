"""Connects and disconnects an owner's accounts.

Tokens are encrypted at rest, and are sent to nobody but the platform that issued them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.fernet import MultiFernet
from tortoise.expressions import F

from perennial.accounts._encryption import encrypt_tokens
from perennial.accounts._refresh_claims import NOT_REFRESHING
from perennial.accounts.blocking import block
from perennial.accounts.heads import lock_of_owner, reset
from perennial.core.errors import Conflict, InvalidInput, NotFound
from perennial.core.ids import new_id
from perennial.core.platform_errors import NotSent
from perennial.core.states import AccountStatus, Platform, PublicationStatus
from perennial.db.models import ConnectedAccount, Publication
from perennial.db.sql import run_sql
from perennial.db.transactions import transaction
from perennial.idempotency.keys import Key, reserve_key, set_result
from perennial.jobs.alarms import Alarms
from perennial.jobs.worker_functions import WorkerFunction
from perennial.platforms.identifying import identify
from perennial.platforms.transport import Tokens, Transport

TOKEN_LENGTH_MAX = 4096
# For how long nothing is sent from an account that is to be disconnected, and is still publishing.
DISCONNECTING = timedelta(seconds=15)
DISCONNECTING_ERROR = NotSent("DISCONNECTING", "The account is being disconnected.")

# What waits for the account, and not for the platform, is due as if it had not waited: since its time, or since a
# person has retried it. Between bounds, as in heads.py: with an equation PostgreSQL may read what others have
# scheduled.
_FORGET_WAITS = """
    UPDATE publications SET next_attempt_time = GREATEST(scheduled_time, COALESCE(retried_time, scheduled_time)),
        error_code = NULL, error_message = NULL
    WHERE connected_account_id <= $1 AND (connected_account_id, next_attempt_time) > ($1, $2)
        AND status = 'scheduled' AND unclear_since IS NULL
        AND error_code <> 'UNREACHABLE'
"""


@dataclass(frozen=True)
class Accounts:
    """An owner's operations on accounts. The cipher encrypts with its first key and decrypts with any."""

    platforms: Mapping[Platform, Transport]
    cipher: MultiFernet = field(repr=False)
    alarms: Alarms

    async def connect(
        self, owner: str, platform: Platform, tokens: Tokens, now: datetime, key: Key | None = None
    ) -> ConnectedAccount:
        """Asks the platform whose tokens these are, and connects the account in place of any connected before.

        The publications that wait on the platform are sent from the account that is connected now (`following`).

        Raises InvalidInput if the platform does not accept the token, TooManyRequests or Unavailable if it cannot
        be asked now, KeyTaken.
        """
        _check_token("accessToken", tokens.access)
        if tokens.refresh:
            _check_token("refreshToken", tokens.refresh)
        identity = await identify(self.platforms[platform], tokens.access, now)
        values = {
            "handle": identity.handle,
            "encrypted_refresh_token": None,
            **encrypt_tokens(self.cipher, tokens, now),
            "status": AccountStatus.ACTIVE,
            "connected_time": now,
            **NOT_REFRESHING,
        }
        async with transaction():
            account_id = new_id()
            await reserve_key(key, account_id)
            others = await _lock_others(owner, platform, identity.account_id)
            await _disconnect(others, now)
            account = await _upsert(owner, platform, identity.account_id, account_id, values)
            await _lift_refusal(account.id, now)
            if account.id != account_id:
                await set_result(key, account.id)
        await self._arm_for_waiting([account.id, *others], now)
        return account

    async def _arm_for_waiting(self, account_ids: Collection[UUID], now: datetime) -> None:
        """Sets the alarm for what waited for an account: what is due is sent at once."""
        rows = ConnectedAccount.filter(id__in=list(account_ids), next_due__isnull=False)
        times: list[Any] = await rows.values_list("next_due", flat=True)
        await self.alarms.arm(WorkerFunction.PUBLISH, times, now)

    async def disconnect(self, owner: str, account_id: UUID, now: datetime) -> UUID:
        """Deletes the account's tokens; its row is kept, because publications name it.

        Publications that wait are sent from the account that is connected next. Raises NotFound, or Conflict while it
        is publishing.
        """
        async with transaction():
            mine = ConnectedAccount.filter(id=account_id, clerk_user_id=owner)
            account = await mine.exclude(status=AccountStatus.DISCONNECTED).select_for_update().first()
            if account is None:
                raise NotFound("account")
            if is_publishing := await Publication.exists(
                connected_account_id=account_id, status=PublicationStatus.PUBLISHING
            ):
                # Nothing more of it is claimed meanwhile, so that trying again succeeds, whatever waits.
                await block(account, now + DISCONNECTING, DISCONNECTING_ERROR)
            else:
                await _disconnect([account.id], now)
        if is_publishing:
            raise Conflict("The account is publishing; try again in some seconds.")
        return account_id

    async def listing(self, owner: str) -> list[ConnectedAccount]:
        """The accounts that the owner has connected now, oldest first."""
        mine = ConnectedAccount.filter(clerk_user_id=owner).exclude(status=AccountStatus.DISCONNECTED)
        return await mine.order_by("id")


async def _lock_others(owner: str, platform: Platform, account_id: str) -> list[UUID]:
    """Locks the owner's accounts; returns those on the platform, also disconnected ones, but for the one of this id."""
    await lock_of_owner(owner)
    others = ConnectedAccount.filter(clerk_user_id=owner, platform=platform).exclude(account_id=account_id)
    return [UUID(str(one)) for one in await others.values_list("id", flat=True)]


async def _disconnect(ids: Collection[UUID], now: datetime) -> None:
    """Deletes the tokens of these accounts, which the caller has locked; what waits does not wait for their blocks."""
    for account_id in ids:
        await run_sql(_FORGET_WAITS, account_id, now)
    connected = ConnectedAccount.filter(id__in=list(ids)).exclude(status=AccountStatus.DISCONNECTED)
    await connected.update(
        status=AccountStatus.DISCONNECTED,
        encrypted_access_token="",
        encrypted_refresh_token=None,
        token_expires_at=None,
        tokens_version=F("tokens_version") + 1,
        blocked_until=None,
        blocked_code=None,
        blocked_message=None,
        refused_time=None,
        **NOT_REFRESHING,
    )
    await reset(ids)


async def disconnect_all(owner: str, now: datetime) -> None:
    """Disconnects all accounts of an owner who leaves, also while one is publishing."""
    async with transaction():
        await _disconnect((await lock_of_owner(owner)).ids, now)


async def _lift_refusal(account_id: UUID, now: datetime) -> None:
    """Forgets that our app was refused for the account, and what that made wait: it has new tokens."""
    refused = ConnectedAccount.filter(id=account_id, refused_time__isnull=False)
    if await refused.update(refused_time=None, blocked_until=None, blocked_code=None, blocked_message=None):
        await run_sql(_FORGET_WAITS, account_id, now)
        await reset([account_id])


async def _upsert(
    owner: str, platform: Platform, account_id: str, new_row_id: UUID, values: dict[str, Any]
) -> ConnectedAccount:
    """Updates the owner's row of the platform's account, or inserts one with this id."""
    rows = ConnectedAccount.filter(clerk_user_id=owner, platform=platform, account_id=account_id)
    if not await rows.update(**values, tokens_version=F("tokens_version") + 1):
        # A concurrent request may insert it first: then that row, with its tokens, is kept.
        row = ConnectedAccount(id=new_row_id, clerk_user_id=owner, platform=platform, account_id=account_id, **values)
        await ConnectedAccount.bulk_create([row], ignore_conflicts=True)
    connected = ConnectedAccount.filter(clerk_user_id=owner, platform=platform)
    return await connected.exclude(status=AccountStatus.DISCONNECTED).get()


async def get_account(owner: str, account_id: UUID) -> ConnectedAccount:
    """The owner's account. Raises NotFound, also for one that is not connected any more."""
    mine = ConnectedAccount.filter(id=account_id, clerk_user_id=owner)
    account = await mine.exclude(status=AccountStatus.DISCONNECTED).first()
    if account is None:
        raise NotFound("account")
    return account


def _check_token(field_name: str, token: str) -> None:
    if not (0 < len(token) <= TOKEN_LENGTH_MAX and token.isascii() and token.isprintable() and " " not in token):
        raise InvalidInput(field_name, "A token is one word of printable ASCII characters, without spaces.")
