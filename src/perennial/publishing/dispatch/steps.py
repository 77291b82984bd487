"""What the dispatcher does with publications. `publishing.publish_due` does it with the database and the platforms."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from perennial.core.states import Platform
from perennial.publishing.claims import Claimed, ClaimResult


class Taken(NamedTuple):
    """What a claim took: publications to send, results of those that cannot be sent, and whether more are due.

    `has_more` is about all accounts but those in `left_out`, which had no room, or have none since this claim.
    """

    claimed: Sequence[Claimed]
    unsendable: Sequence[ClaimResult]
    has_more: bool
    left_out: Sequence[UUID] = ()


class Steps(Protocol):
    """What the dispatcher does with publications; `publishing.steps` does it with the database and the platforms."""

    @property
    def platforms(self) -> Collection[Platform]:
        """The platforms that are published on."""

    async def now(self) -> datetime:
        """The current time."""

    async def claim(self, platform: Platform, room: int) -> Taken:
        """Claims up to `room` publications, of each account as many as the limits allow."""

    def must_refresh(self, one: Claimed, now: datetime) -> bool:
        """Whether the token has to be refreshed first."""

    async def mark(self, claimed: Sequence[Claimed], now: datetime) -> list[Claimed]:
        """Marks that they are sent now; returns those whose claims still stand."""

    async def send(self, one: Claimed, now: datetime) -> ClaimResult:
        """Sends a marked publication. It raises nothing."""

    async def refresh_and_send(self, one: Claimed, now: datetime) -> ClaimResult | None:
        """Refreshes, marks and sends; None where the claim was lost. It raises nothing."""

    async def record(self, answers: Sequence[ClaimResult]) -> Counter[str]:
        """Records the results; returns how many there are of each status."""

    async def release(self, claimed: Sequence[Claimed]) -> None:
        """Gives claims back that were not sent. It raises nothing."""

    async def call_again(self) -> None:
        """Has publish_due called again, for what this call has no time for. It raises nothing."""
