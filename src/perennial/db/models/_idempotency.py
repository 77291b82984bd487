"""The table of idempotency keys."""

from datetime import datetime

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from perennial.core.ids import new_id


class IdempotencyKey(Model):
    """A key that a caller gave a mutation, and the id of what it created; see perennial.idempotency."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    clerk_user_id = fields.CharField(max_length=255)
    key = fields.CharField(max_length=255)
    fingerprint = fields.CharField(max_length=64)
    result_id = fields.UUIDField()
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "idempotency_keys"
        unique_together = (("clerk_user_id", "key"),)
        indexes = [Index(fields=["created_at"], name="idempotency_keys_by_time")]
