"""What one tick may do, seen from before and after it."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from perennial.core.states import Platform
from perennial.db.models import ConnectedAccount, Post, Publication, QueueExecution

from .notebook import Notebook, NotedPost
from .seen import Seen

CRON_PERIOD = timedelta(minutes=1)
# Two periods of the cron: what lies farther ahead is none of a worker's business, and has no alarm.
HORIZON = timedelta(minutes=2)


def check_tick(before: Seen, after: Seen, notebook: Notebook, executed: Mapping[UUID, datetime], now: datetime) -> None:
    """No queue is due any more; each that ran made one clone, as it should be; all else is as it was."""
    for queue in after.queues.values():
        assert queue.status.value != "active" or queue.next_scheduled_time > now, queue.id
    fresh = after.posts.keys() - before.posts.keys()
    assert len(fresh) == len(executed)
    for queue_id, time in executed.items():
        assert check_clone_of(before, after, notebook, queue_id, time, now) in fresh
    assert untouched(*({key: _without_head(row) for key, row in seen.accounts.items()} for seen in (before, after)))
    assert untouched(before.posts, after.posts)
    assert untouched(before.publications, after.publications)


def check_clone_of(
    before: Seen, after: Seen, notebook: Notebook, queue_id: UUID, time: datetime, now: datetime
) -> UUID:
    """The run of that name made a clone, as it should be, which is noted; returns its id."""
    (row,) = [row for row in after.ledger.values() if (row.queue_id, row.scheduled_time) == (queue_id, time)]
    assert row.post_id is not None
    _check_clone(before, after, notebook, row, now)
    notebook.posts[row.post_id] = _noted(after, row.post_id)
    return row.post_id


def _check_clone(before: Seen, after: Seen, notebook: Notebook, row: QueueExecution, now: datetime) -> None:
    """It has a text for each platform with an account, its origin, and its times."""
    queue = notebook.queues[row.queue_id]
    entry = queue.ledger[row.scheduled_time]
    assert row.post_id is not None
    assert entry.post is not None
    clone, texts = after.posts[row.post_id], notebook.posts[entry.post].texts
    made = (clone.clerk_user_id, clone.created_by_queue_id, clone.cloned_from_id)
    assert made == (queue.owner, queue.id, entry.post)
    publications = after.of_post(clone.id)
    assert publications.keys() == entry.platforms
    originals = before.of_post(entry.post)  # whether they are cloned or left out: no time depends on that
    due = row.moved_to or row.scheduled_time
    start = now if row.extra or now - due > CRON_PERIOD else due
    for platform, one in publications.items():
        assert one.connected_account_id == after.present[queue.owner, platform].id
        assert one.created_by_queue_id == (None if row.extra else queue.id)
        assert one.content == texts[platform]
        assert (one.status.value, one.attempts, one.remote_id) == ("scheduled", 0, None)
        assert one.scheduled_time == one.next_attempt_time == start + _distance(originals, platform)


def _distance(originals: Mapping[Platform, Publication], platform: Platform) -> timedelta:
    """How far the platform's time lies behind the earliest."""
    times = [one.scheduled_time for one in originals.values() if one.scheduled_time]
    own = originals[platform].scheduled_time
    return own - min(times) if own else timedelta()


def _noted(seen: Seen, post_id: UUID) -> NotedPost:
    post: Post = seen.posts[post_id]
    texts = {platform: row.content for platform, row in seen.of_post(post_id).items()}
    return NotedPost(post_id, post.clerk_user_id, texts)


def untouched(before: Mapping[Any, Any], after: Mapping[Any, Any]) -> bool:
    """Whether all rows from before are still there as they were."""
    return all(key in after and same(row, after[key]) for key, row in before.items())


def same(one: Any, other: Any) -> bool:
    """Whether two readings of a row are alike in all columns."""
    return dict(one) == dict(other)


def _without_head(account: ConnectedAccount) -> dict[str, Any]:
    """All columns but the one that says when it is next worth a look; the laws that always hold see to that."""
    return {name: value for name, value in account if name != "next_due"}


def both(before: Seen, after: Seen) -> list[tuple[Mapping[Any, Any], Mapping[Any, Any]]]:
    """Each table, before and after."""
    return [(getattr(before, table.name), getattr(after, table.name)) for table in fields(Seen)]
