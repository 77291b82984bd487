"""The tables of posts and publications."""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index, PartialIndex
from tortoise.models import Model

from perennial.core.ids import new_id
from perennial.core.states import Platform, PostStatus, PublicationStatus
from perennial.db.models._indexes import ConditionalIndex

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
    # The queue of whose waiting clones only the latest goes out. It is the post's, but null for a run by hand.
    created_by_queue_id: UUID | None = fields.UUIDField(null=True)
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
