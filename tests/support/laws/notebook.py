"""What somebody would keep in a notebook who knew the rules by heart: the queues, and what a tick makes of them.

The arithmetic is that of a person with a calendar, and owes nothing to `perennial.queues`.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from perennial.core.states import Platform
from perennial.db.models import ConnectedAccount

from .noted import runs
from .noted.entries import EXECUTED, Problems
from .noted.queue import ACTIVE, ENDED, NotedQueue
from .noted.will import MISSED, MISSED_AFTER
from .seen import Seen


@dataclass(frozen=True)
class NotedPost:
    """A post that an owner wrote, or that a queue made."""

    id: UUID
    owner: str
    texts: dict[Platform, str]


@dataclass
class Notebook:
    """All that has happened, as far as it matters; `reached` counts what did, in words."""

    reached: Counter[str] = field(default_factory=Counter)
    posts: dict[UUID, NotedPost] = field(default_factory=dict)
    queues: dict[UUID, NotedQueue] = field(default_factory=dict)
    retried_in_doubt: Counter[UUID] = field(default_factory=Counter)
    retried: set[UUID] = field(default_factory=set)
    confirmed: dict[UUID, str] = field(default_factory=dict)

    def tick(self, seen: Seen, now: datetime) -> dict[UUID, datetime]:
        """What a tick makes of everything; the occurrences that are executed, by queue."""
        self.end_pauses(now)
        due = [queue for queue in self.queues.values() if queue.is_due(now)]
        known = {queue.id: set(queue.ledger) for queue in due}
        ran = {queue.id: runs.tick(queue, now, self.problems(queue, seen, now)) for queue in due}
        self.reached.update(fate for queue in due for fate in _fates(queue, known[queue.id], now))
        return {queue_id: name for queue_id, name in ran.items() if name is not None}

    def end_pauses(self, now: datetime) -> int:
        """What a tick does before that; how many pauses it ends."""
        over = [queue for queue in self.queues.values() if queue.pause_is_over(now)]
        for queue in over:
            runs.end_pause(queue, now)
        return len(over)

    def come_to(self, queue: NotedQueue, now: datetime) -> NotedQueue:
        """The queue as its owner finds it, who may come before a tick: if its pause is over, it ends now."""
        if queue.pause_is_over(now):
            runs.end_pause(queue, now)
        return queue

    def problems(self, queue: NotedQueue, seen: Seen, now: datetime) -> Problems | None:
        """The platforms of the post whose turn it is, with what is wrong there; None where there is no post."""
        if queue.original is None:
            return None
        texts = self.posts[queue.original].texts
        return {platform: problem(seen.present.get((queue.owner, platform)), now) for platform in texts}

    def forget_post(self, post_id: UUID) -> None:
        """The post is deleted; its queues have a post less."""
        del self.posts[post_id]
        for queue in self.queues.values():
            queue.posts = [one for one in queue.posts if one != post_id]


def _fates(queue: NotedQueue, known: Collection[datetime], now: datetime) -> Iterator[str]:
    """What became of a queue that was due, in words."""
    for name in queue.ledger.keys() - known:
        entry = queue.ledger[name]
        late = now - (entry.moved_to or name) > MISSED_AFTER
        if entry.outcome == EXECUTED:
            yield f"{queue.will.policy}, ran late" if late else "ran in time"
        else:
            yield from (f"{queue.will.policy}, {reason}" if reason == MISSED else reason for reason in entry.reasons)
    if queue.reason == ENDED:
        yield ENDED


def problem(account: ConnectedAccount | None, now: datetime) -> str | None:
    """Why an account is of no use, if it is of none."""
    if account is None or account.status.value == "disconnected":
        return "ACCOUNT_MISSING"
    ended = account.token_expires_at is not None and account.token_expires_at <= now
    if account.status.value != ACTIVE or (ended and account.encrypted_refresh_token is None):
        return "RECONNECT_REQUIRED"
    return None
