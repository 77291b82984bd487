"""The tables. Times are timestamptz in UTC and whole milliseconds; ids are UUIDv7, which sort by creation.

Writes name their columns (`filter(…).update(…)`) and never save a whole row, so that an owner's edit and a tick do not
overwrite each other.
"""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index, PartialIndex
from tortoise.models import Model

from perennial.core.ids import new_id
from perennial.core.states import Cadence, ExecutionOutcome, Platform, PostStatus, PublicationStatus, QueueStatus
from perennial.db._account_models import ConditionalIndex, ConnectedAccount, PlatformBreaker, RefreshBreaker

__all__ = [
    "ConnectedAccount",
    "IdempotencyKey",
    "PlatformBreaker",
    "Post",
    "Publication",
    "QueueExecution",
    "RecurringQueue",
    "RefreshBreaker",
]

OF_QUEUE, OF_OWNER = "created_by_queue_id IS NOT NULL", "created_by_queue_id IS NULL"


class Post(Model):
    """A text for each platform. Its status follows its publications', and is recomputed under a lock on this row."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    clerk_user_id = fields.CharField(max_length=255)
    status = fields.CharEnumField(PostStatus, max_length=20, default=PostStatus.DRAFT)
    # Plain ids without foreign keys: they are the audit trail and outlive the rows that they name.
    cloned_from_id: UUID | None = fields.UUIDField(null=True)
    created_by_queue_id: UUID | None = fields.UUIDField(null=True)
    # They follow the publications too: posts/listed_by.py.
    platforms = fields.CharField(max_length=255, default="", db_default="")
    earliest_time: datetime | None = fields.DatetimeField(null=True)
    created_at: datetime = fields.DatetimeField()
    updated_at: datetime = fields.DatetimeField()

    publications: fields.ReverseRelation["Publication"]

    class Meta:
        table = "posts"
        indexes = [
            Index(fields=["clerk_user_id", "id"], name="posts_by_user"),
            Index(fields=["clerk_user_id", "status", "platforms", "id"], name="posts_by_state"),
            Index(fields=["clerk_user_id", "status", "platforms", "earliest_time", "id"], name="posts_by_time"),
            Index(fields=["clerk_user_id", "updated_at", "id"], name="posts_by_change"),
            ConditionalIndex(fields=["created_by_queue_id", "id"], name="posts_of_queue", where=OF_QUEUE),
            # Those that owners have made, which a quota counts.
            ConditionalIndex(fields=["clerk_user_id"], name="posts_of_owner", where=OF_OWNER),
        ]


class Publication(Model):
    """One post on one platform: text, time, state, result."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    post: fields.ForeignKeyRelation[Post] = fields.ForeignKeyField(
        "models.Post", related_name="publications", on_delete=fields.CASCADE
    )
    post_id: UUID
    platform = fields.CharEnumField(Platform, max_length=20)
    content = fields.TextField()
    status = fields.CharEnumField(PublicationStatus, max_length=20, default=PublicationStatus.DRAFT)
    # Plain ids without foreign keys: accounts are never deleted, and the post's queue may be. While the publication
    # waits, the account may be disconnected: then the owner's present one adopts it when it is nearly due
    # (accounts/following.py). Once it may have been sent, it is the account that it was sent from.
    connected_account_id: UUID | None = fields.UUIDField(null=True)
    created_by_queue_id: UUID | None = fields.UUIDField(null=True)  # the post's, which never changes
    retried_time: datetime | None = fields.DatetimeField(null=True)  # when a person last retried it
    scheduled_time: datetime | None = fields.DatetimeField(null=True)
    scheduler_id = fields.CharField(max_length=64, null=True)
    next_attempt_time: datetime | None = fields.DatetimeField(null=True)
    attempts = fields.IntField(default=0)
    claim_id: UUID | None = fields.UUIDField(null=True)
    lease_expires_at: datetime | None = fields.DatetimeField(null=True)
    request_started_time: datetime | None = fields.DatetimeField(null=True)
    # When the first request with an unknown outcome was sent, if a person has retried the publication since.
    unclear_since: datetime | None = fields.DatetimeField(null=True)
    look_ups = fields.IntField(default=0, db_default=0)  # how often it was looked up since it is unconfirmed
    remote_id = fields.CharField(max_length=255, null=True)
    url: str | None = fields.TextField(null=True)
    error_code = fields.CharField(max_length=64, null=True)
    error_message: str | None = fields.TextField(null=True)
    published_time: datetime | None = fields.DatetimeField(null=True)
    # When a person confirmed it; null: the receipt is the platform's own, or there is none.
    confirmed_time: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "publications"
        unique_together = (("post_id", "platform"),)
        indexes = [
            PartialIndex(
                fields=["next_attempt_time"], name="publications_scheduled", condition={"status": "scheduled"}
            ),
            PartialIndex(
                fields=["connected_account_id", "next_attempt_time", "id"],
                name="publications_of_account",
                condition={"status": "scheduled"},
            ),
            PartialIndex(
                fields=["created_by_queue_id", "platform", "scheduled_time", "id"],
                name="publications_of_queue",
                condition={"status": "scheduled"},
            ),
            PartialIndex(
                fields=["next_attempt_time"], name="publications_unconfirmed", condition={"status": "unconfirmed"}
            ),
            PartialIndex(
                fields=["lease_expires_at"], name="publications_publishing", condition={"status": "publishing"}
            ),
            # Retries of what may have been published: few, and pruning looks for them beside all that is scheduled.
            ConditionalIndex(
                fields=["connected_account_id"],
                name="publications_in_doubt",
                where="unclear_since IS NOT NULL AND status = 'scheduled'",
            ),
            Index(fields=["remote_id"], name="publications_by_remote_id"),
        ]


class RecurringQueue(Model):
    """A post that is published again every `interval` days (docs/story.md)."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    clerk_user_id = fields.CharField(max_length=255)
    original_post: fields.ForeignKeyNullableRelation[Post] = fields.ForeignKeyField(
        "models.Post", related_name="queues", null=True, on_delete=fields.SET_NULL
    )
    original_post_id: UUID | None
    status = fields.CharEnumField(QueueStatus, max_length=20, default=QueueStatus.ACTIVE)
    status_reason = fields.CharField(max_length=64, null=True)
    interval = fields.IntField()
    cadence = fields.CharEnumField(Cadence, max_length=20, default=Cadence.FIXED)
    next_scheduled_time: datetime = fields.DatetimeField()
    last_executed_time: datetime | None = fields.DatetimeField(null=True)
    execution_count = fields.IntField(default=0)
    max_executions: int | None = fields.IntField(null=True)
    created_at: datetime = fields.DatetimeField()
    updated_at: datetime = fields.DatetimeField()

    class Meta:
        table = "recurring_queues"
        indexes = [
            Index(fields=["clerk_user_id", "status", "next_scheduled_time", "id"], name="by_user_status"),
            Index(fields=["clerk_user_id", "next_scheduled_time", "id"], name="by_user"),
            Index(fields=["clerk_user_id", "id"], name="by_user_made"),
            PartialIndex(
                fields=["next_scheduled_time", "id"], name="by_next_scheduled", condition={"status": "active"}
            ),
            Index(fields=["original_post_id"], name="by_original_post"),
        ]


class QueueExecution(Model):
    """A row of the ledger: the outcome of one occurrence of a queue."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    queue: fields.ForeignKeyRelation[RecurringQueue] = fields.ForeignKeyField(
        "models.RecurringQueue", related_name="executions", on_delete=fields.CASCADE
    )
    queue_id: UUID
    scheduled_time: datetime = fields.DatetimeField()
    executed_time: datetime = fields.DatetimeField()
    outcome = fields.CharEnumField(ExecutionOutcome, max_length=20)
    reason = fields.CharField(max_length=255, null=True)
    missed_count = fields.IntField(default=0)
    post_id: UUID | None = fields.UUIDField(null=True)
    clerk_user_id = fields.CharField(max_length=255, null=True)  # the queue's, which never changes

    class Meta:
        table = "queue_executions"
        unique_together = (("queue_id", "scheduled_time"),)
        indexes = [Index(fields=["clerk_user_id", "executed_time", "id"], name="executions_of_owner")]


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
