"""Workers that stop half-way with what they have in hand. They may go on much later, or never: then they died."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from perennial.accounts.account_rows import accounts_of
from perennial.core.errors import Refused
from perennial.core.states import Platform
from perennial.db.models import ConnectedAccount
from perennial.publishing import claims, publication_rows
from perennial.publishing._recording import record
from perennial.publishing.claims import Candidate, Claimed, ClaimResult
from perennial.publishing.sending import Sender

from .far import Answer, Delivery
from .notebook import problem
from .seen import Seen


class Progress(StrEnum):
    """How far a worker got with what is due."""

    LOOKED = "looked"  # it knows what is due
    CLAIMED = "claimed"
    UNABLE = "unable"  # it found no account, and has yet to record that
    MARKED = "marked"
    ANSWERED = "answered"  # and has yet to record the answers


@dataclass
class Frozen:
    """A worker and what it has in hand."""

    sender: Sender
    platform: Platform
    page: list[Candidate]
    progress: Progress = Progress.LOOKED
    claimed: list[Claimed] = field(default_factory=list)
    accounts: dict[tuple[str, Platform], ConnectedAccount] = field(default_factory=dict)
    settled: list[ClaimResult] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    claim_id: UUID | None = None

    @classmethod
    async def look(cls, sender: Sender, platform: Platform, size: int, now: datetime) -> "Frozen":
        """A worker that has seen what is due on the platform."""
        page = [one async for some in publication_rows.candidates(platform, now) for one in some]
        return cls(sender, platform, page[:size])

    async def work(self, until: Progress, now: datetime) -> None:
        """Goes on, as far as it is told."""
        if self.progress == Progress.LOOKED and until != Progress.LOOKED:
            await self._claim(now)
        if self.progress == Progress.CLAIMED and until == Progress.UNABLE:
            self._find_no_account()
        if self.progress == Progress.CLAIMED and until in {Progress.MARKED, Progress.ANSWERED}:
            await self._mark(now)
        if self.progress == Progress.MARKED and until == Progress.ANSWERED:
            await self._send(now)

    async def record(self) -> None:
        """Writes down what came back."""
        if self.settled:
            await record(self.settled)

    def may_send(self, seen: Seen, now: datetime) -> set[UUID]:
        """What would go out if the worker went on now: what it may claim, still holds, or has marked."""
        match self.progress:
            case Progress.LOOKED:
                rows = [row for one in self.page if (row := seen.publications.get(one.id))]
                due = [row for row in rows if row.status == "scheduled" and (row.next_attempt_time or now) <= now]
                owners = {one.id: one.owner for one in self.page}
                return {row.id for row in due if _usable(seen.accounts.get((owners[row.id], row.platform)), now)}
            case Progress.CLAIMED:
                rows = [row for one in self.claimed if (row := seen.publications.get(one.row.id))]
                mine = [row for row in rows if row.claim_id == self.claim_id and row.lease_expires_at]
                return {row.id for row in mine if row.lease_expires_at and row.lease_expires_at > now}
            case Progress.MARKED:
                return {one.row.id for one in self.claimed}
            case _:
                return set()

    async def _claim(self, now: datetime) -> None:
        """What has no usable account is left lying, as it is by a worker that dies."""
        claimed = await claims.claim(self.page, now) if self.page else []
        self.accounts = await accounts_of([one.owner for one in claimed])
        self.claimed = [one for one in claimed if _usable(self.accounts.get((one.owner, one.platform)), now)]
        self.claim_id = claimed[0].row.claim_id if claimed else None
        self.progress = Progress.CLAIMED

    def _find_no_account(self) -> None:
        """As where it was disconnected, and connected again a moment later."""
        error = Refused("REFUSED", "not here")
        self.settled = [ClaimResult(one, error) for one in self.claimed]
        self.deliveries = [
            Delivery(one.row.id, one.owner, one.platform, "", datetime.min, Answer.REFUSE, None)  # noqa: DTZ901
            for one in self.claimed
        ]
        self.progress = Progress.UNABLE

    async def _mark(self, now: datetime) -> None:
        self.claimed = await claims.mark(self.claimed, now)
        self.progress = Progress.MARKED

    async def _send(self, now: datetime) -> None:
        for one in self.claimed:
            account = self.accounts[one.owner, one.platform]
            self.settled.append(await self.sender.send(one, account, now))
        self.progress = Progress.ANSWERED


def _usable(account: ConnectedAccount | None, now: datetime) -> bool:
    if account is None or problem(account, now):
        return False
    return account.blocked_until is None or account.blocked_until <= now
