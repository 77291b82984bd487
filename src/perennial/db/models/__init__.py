"""The tables. Times are timestamptz in UTC and whole milliseconds; ids are UUIDv7, which sort by creation.

Writes name their columns (`filter(…).update(…)`) and never save a whole row, so that an owner's edit and a tick do not
overwrite each other. Other packages import the models from here; begin reading with `_posts` and `_queues`.
"""

from perennial.db.models._accounts import ConnectedAccount, PlatformBreaker, RefreshBreaker
from perennial.db.models._idempotency import IdempotencyKey
from perennial.db.models._posts import Post, Publication
from perennial.db.models._queues import QueueExecution, QueuePost, RecurringQueue

__all__ = [
    "ConnectedAccount",
    "IdempotencyKey",
    "PlatformBreaker",
    "Post",
    "Publication",
    "QueueExecution",
    "QueuePost",
    "RecurringQueue",
    "RefreshBreaker",
]
