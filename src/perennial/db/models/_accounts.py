"""The tables of accounts and platforms."""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index, PartialIndex
from tortoise.models import Model

from perennial.core.ids import new_id
from perennial.core.states import AccountStatus, Platform
from perennial.db.models._indexes import ConditionalIndex, UniqueIndex


class ConnectedAccount(Model):
    """A user's account on a platform, with its encrypted tokens; see perennial.accounts.

    A disconnected account keeps its row, without tokens, because publications name it.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    clerk_user_id = fields.CharField(max_length=255)
    platform = fields.CharEnumField(Platform, max_length=20)
    account_id = fields.CharField(max_length=255)
    handle = fields.CharField(max_length=255, null=True)
    encrypted_access_token = fields.TextField()
    encrypted_refresh_token: str | None = fields.TextField(null=True)
    tokens_version = fields.IntField(
        default=0, db_default=0
    )  # counts new pairs of tokens; re-encrypting one does not count
    token_expires_at: datetime | None = fields.DatetimeField(null=True)
    status = fields.CharEnumField(AccountStatus, max_length=20, default=AccountStatus.ACTIVE)
    # The platform asked us to send nothing from the account before that time, and why.
    blocked_until: datetime | None = fields.DatetimeField(null=True)
    blocked_code = fields.CharField(max_length=64, null=True)
    blocked_message: str | None = fields.TextField(null=True)
    refused_time: datetime | None = fields.DatetimeField(null=True)  # when our app was refused for it: breaker_rows.py
    # The account's head (accounts/heads.py): when it is next worth a look; null while nothing of it is scheduled.
    next_due: datetime | None = fields.DatetimeField(null=True)
    connected_time: datetime = fields.DatetimeField()
    tokens_time: datetime | None = fields.DatetimeField(null=True)  # when the access token was had; null: as connected
    refresh_claim_id: UUID | None = fields.UUIDField(null=True)
    refresh_lease_expires_at: datetime | None = fields.DatetimeField(null=True)
    refresh_attempts = fields.IntField(default=0, db_default=0)  # requests whose new tokens were not stored

    class Meta:
        table = "connected_accounts"
        unique_together = (("clerk_user_id", "platform", "account_id"),)
        indexes = [
            UniqueIndex(
                fields=["clerk_user_id", "platform"],
                name="connected_accounts_one",
                where="status <> 'disconnected'",
            ),
            Index(fields=["platform", "next_due"], name="connected_accounts_by_head"),
            PartialIndex(
                fields=["next_due"], name="connected_accounts_disconnected", condition={"status": "disconnected"}
            ),
            # What accounts/usability.py calls RECONNECT_REQUIRED: so marked, or with a token that cannot be refreshed.
            ConditionalIndex(
                fields=["platform", "status", "token_expires_at"],
                name="connected_accounts_to_reconnect",
                where="status = 'reconnect_required' OR (status = 'active' AND encrypted_refresh_token IS NULL)",
            ),
        ]

    def __repr__(self) -> str:
        return f"<ConnectedAccount {self.id} {self.platform}>"


class _Breaker(Model):
    """A tripped circuit breaker: its platform gets only probes while the row exists."""

    platform = fields.CharEnumField(Platform, max_length=20, primary_key=True)
    error_code = fields.CharField(max_length=64)
    error_message = fields.TextField()
    tripped_time: datetime = fields.DatetimeField()
    probe_time: datetime = fields.DatetimeField()  # when the next request may be made as a probe
    # The account that has met it, while no other has; a plain id, like those of publications.
    sole_account_id: UUID | None = fields.UUIDField(null=True)

    class Meta:
        abstract = True


class PlatformBreaker(_Breaker):
    """Nothing is published on the platform; see publishing/breakers.py."""

    class Meta:
        table = "platform_breakers"


class RefreshBreaker(_Breaker):
    """No token of the platform's is refreshed; see accounts/refresh_breakers.py."""

    class Meta:
        table = "refresh_breakers"
