"""The tables of queues, their rotations and their ledger."""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index, PartialIndex
from tortoise.models import Model

from perennial.core.ids import new_id
from perennial.core.states import Cadence, ExecutionOutcome, MissedRuns, OnDuplicate, QueueStatus
from perennial.db.models._indexes import ConditionalIndex
from perennial.db.models._posts import Post


class RecurringQueue(Model):
    """Posts that are published again, one at each occurrence (docs/story.md, docs/recurrence.md)."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    clerk_user_id = fields.CharField(max_length=255)
    name = fields.CharField(max_length=255, null=True)
    # The post that runs next. Where the queue is a rotation it follows `queue_posts` (queues/rotation.py).
    original_post: fields.ForeignKeyNullableRelation[Post] = fields.ForeignKeyField(
        "models.Post", related_name="queues", null=True, on_delete=fields.SET_NULL
    )
    original_post_id: UUID | None
    status = fields.CharEnumField(QueueStatus, max_length=20, default=QueueStatus.ACTIVE)
    status_reason = fields.CharField(max_length=64, null=True)  # why it is completed, or paused by the service
    paused_until: datetime | None = fields.DatetimeField(null=True)
    pause_reason = fields.CharField(max_length=255, null=True)  # in its owner's words
    resumed_time: datetime | None = fields.DatetimeField(null=True)  # when it was last made active again

    interval: int | None = fields.IntField(null=True)  # days; null: the occurrences follow `rule`
    rule = fields.CharField(max_length=512, null=True)
    timezone = fields.CharField(max_length=64, null=True)  # null: days have 24 hours, and a rule is of UTC
    cadence = fields.CharEnumField(Cadence, max_length=20, default=Cadence.FIXED)
    # With a timezone the pending occurrence is this local time, and `next_scheduled_time` is derived from it
    # (queues/time_zones.py).
    next_local_time = fields.CharField(max_length=32, null=True)
    next_scheduled_time: datetime = fields.DatetimeField()
    ends_at: datetime | None = fields.DatetimeField(null=True)
    excluded_dates: str | None = fields.TextField(null=True)  # sorted, joined by commas
    # What the owner did with single occurrences ahead: skipped or moved them (queues/steering.py).
    changed_occurrences: str | None = fields.TextField(null=True)
    missed_runs = fields.CharEnumField(
        MissedRuns, max_length=20, default=MissedRuns.RUN_LATEST, db_default="run_latest"
    )
    missed_within_minutes: int | None = fields.IntField(null=True)
    on_duplicate = fields.CharEnumField(OnDuplicate, max_length=20, default=OnDuplicate.SKIP, db_default="skip")

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
            ConditionalIndex(
                fields=["paused_until"],
                name="by_paused_until",
                where="status = 'paused' AND paused_until IS NOT NULL",
            ),
        ]


class QueuePost(Model):
    """A post in the rotation of a queue. A queue of a single post may have none: then it is its `original_post`."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    queue: fields.ForeignKeyRelation[RecurringQueue] = fields.ForeignKeyField(
        "models.RecurringQueue", related_name="rotation", on_delete=fields.CASCADE
    )
    queue_id: UUID
    post: fields.ForeignKeyRelation[Post] = fields.ForeignKeyField(
        "models.Post", related_name="rotations", on_delete=fields.CASCADE
    )
    post_id: UUID
    position = fields.IntField()  # in the owner's list
    last_used_time: datetime | None = fields.DatetimeField(null=True)  # when a clone of it was last made

    class Meta:
        table = "queue_posts"
        unique_together = (("queue_id", "post_id"),)
        indexes = [Index(fields=["post_id"], name="queue_posts_by_post")]


class QueueExecution(Model):
    """A row of the ledger: what became of one occurrence of a queue, or of neighbouring ones that did not run."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    queue: fields.ForeignKeyRelation[RecurringQueue] = fields.ForeignKeyField(
        "models.RecurringQueue", related_name="executions", on_delete=fields.CASCADE
    )
    queue_id: UUID
    scheduled_time: datetime = fields.DatetimeField()  # of the first, where there are several; before it was moved
    executed_time: datetime = fields.DatetimeField()
    outcome = fields.CharEnumField(ExecutionOutcome, max_length=20)
    reason = fields.CharField(max_length=255, null=True)
    missed_count = fields.IntField(default=0)
    until: datetime | None = fields.DatetimeField(null=True)  # the last of several occurrences
    moved_to: datetime | None = fields.DatetimeField(null=True)
    extra = fields.BooleanField(default=False, db_default=False)  # no occurrence: its owner ran the queue by hand
    post_id: UUID | None = fields.UUIDField(null=True)
    clerk_user_id = fields.CharField(max_length=255, null=True)  # the queue's, which never changes

    class Meta:
        table = "queue_executions"
        unique_together = (("queue_id", "scheduled_time"),)
        indexes = [Index(fields=["clerk_user_id", "executed_time", "id"], name="executions_of_owner")]
