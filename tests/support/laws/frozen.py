"""Workers that stop half-way with what they have in hand. They may go on much later, or never: then they died."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from perennial.core.platform_errors import Refused
from perennial.core.states import Platform
from perennial.publishing import claims
from perennial.publishing._recording import record
from perennial.publishing.claims import Claimed, ClaimResult
from perennial.publishing.limits import Limits
from perennial.publishing.sending import Sender

from .far import Answer, Delivery
from .notebook import problem
from .seen import Seen


class Progress(StrEnum):
    """How far a worker got with what is due."""

    CLAIMED = "claimed"
    UNABLE = "unable"  # it found that it cannot send it, and has yet to record that
    RELEASING = "releasing"  # it has yet to give it back
    MARKED = "marked"
    ANSWERED = "answered"  # and has yet to record the answers


@dataclass
class Frozen:
    """A worker and what it has in hand."""

    sender: Sender
    platform: Platform
    room: int
    expire_after: timedelta
    progress: Progress | None = None
    claimed: list[Claimed] = field(default_factory=list)
    settled: list[ClaimResult] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    claim_id: UUID | None = None

    async def claim(self, now: datetime) -> None:
        """Claims what is due on the platform. What has no usable account is left lying, as by a worker that dies."""
        batch = await claims.claim(self.platform, self.room, Limits(self.room, self.room), now, self.expire_after)
        self.claimed = [one for one in batch.claimed if not problem(one.account, now)]
        self.claim_id = batch.claimed[0].row.claim_id if batch.claimed else None
        self.progress = Progress.CLAIMED

    async def work(self, until: Progress, now: datetime) -> None:
        """Goes on, as far as it is told."""
        if self.progress == Progress.CLAIMED and until == Progress.UNABLE:
            self._find_no_account()
        if self.progress == Progress.CLAIMED and until == Progress.RELEASING:
            self.progress = Progress.RELEASING
        if self.progress == Progress.CLAIMED and until in {Progress.MARKED, Progress.ANSWERED}:
            self.claimed = await claims.mark(self.claimed, now)
            self.progress = Progress.MARKED
        if self.progress == Progress.MARKED and until == Progress.ANSWERED:
            self.settled = [await self.sender.send(one, one.account, now) for one in self.claimed]
            self.progress = Progress.ANSWERED

    async def record(self) -> None:
        """Writes down what came back, or gives back what it has."""
        if self.progress == Progress.RELEASING:
            await claims.release(self.claimed)
        elif self.settled:
            await record(self.settled)

    def may_send(self, seen: Seen, now: datetime) -> set[UUID]:
        """What would go out if the worker went on now: what it still holds, or has marked."""
        if self.progress == Progress.MARKED:
            return {one.row.id for one in self.claimed}
        if self.progress != Progress.CLAIMED:
            return set()
        rows = [row for one in self.claimed if (row := seen.publications.get(one.row.id))]
        mine = [row for row in rows if row.claim_id == self.claim_id and row.lease_expires_at]
        return {row.id for row in mine if row.lease_expires_at and row.lease_expires_at > now}

    def _find_no_account(self) -> None:
        error = Refused("REFUSED", "not here")
        self.settled = [ClaimResult(one, error, was_sent=False) for one in self.claimed]
        self.deliveries = [
            Delivery(one.row.id, "", one.platform, "", datetime.min, Answer.REFUSE, None)  # noqa: DTZ901
            for one in self.claimed
        ]
        self.progress = Progress.UNABLE
