"""What has become of every publication, and who holds a place: kept apart from the dispatcher's own counts."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from uuid import UUID

from perennial.accounts.account_rows import Account
from perennial.core.states import AccountStatus, Platform
from perennial.publishing.claims import Claimed, ClaimResult
from perennial.publishing.limits import Limits

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ACCOUNTS = 5


class State(Enum):
    """What has become of a publication."""

    DUE = auto()  # also what was given back
    CLAIMED = auto()
    LEAVING = auto()  # it is being marked, or its token refreshed
    SENT = auto()
    ANSWERED = auto()
    RECORDED = auto()
    LOST = auto()  # another worker has taken the claim over
    FAILED_TO_LEAVE = auto()  # nobody knows whether it was marked
    BROKEN_OFF = auto()  # by a cancellation


HOLDING = {State.CLAIMED, State.LEAVING, State.SENT}
ON_THE_WIRE = {State.LEAVING, State.SENT}


def account_of(number: int) -> Account:
    """The first three are of X, the others of LinkedIn."""
    platform, name = (Platform.X if number < 3 else Platform.LINKEDIN), f"user-{number}"
    active = AccountStatus.ACTIVE
    return Account(UUID(int=number), name, platform, name, None, "", None, 0, None, active, None, NOW, None, None)


@dataclass(eq=False)
class Item:
    """A publication. What was claimed before its account or platform was blocked `must_return`."""

    claimed: Claimed
    must_refresh: bool = False
    is_announced: bool = False
    must_return: bool = False
    state: State = State.DUE

    @property
    def belongs_to(self) -> set[Platform | UUID]:
        """What may be blocked."""
        return {self.claimed.platform, self.claimed.account_id}


class Books:
    """`wrong` says what should not have happened."""

    def __init__(self, limits: Limits, platform_max: int, account_max: int, stopping: asyncio.Event) -> None:
        self.limits, self.stopping = limits, stopping
        self.platform_max, self.account_max = platform_max, account_max
        self.items: dict[UUID, Item] = {}
        # Another call of the process holds a place for a claim, and one for a request, for each of these.
        self.others: list[Claimed] = []
        self.blocked: set[Platform | UUID] = set()
        self.unusable: set[UUID] = set()
        self.unapplied: list[ClaimResult] = []  # blocking answers that are not recorded
        self.is_probe_due = False
        self.times_claims_ended = 0
        self.wrong: list[str] = []

    def expect(self, is_right: bool, otherwise: str) -> None:
        """Writes down what is wrong; to raise it here would be one more error that the dispatcher deals with."""
        if not is_right:
            self.wrong.append(otherwise)

    def of_state(self, *states: State) -> list[Item]:
        """The publications in these states."""
        return [item for item in self.items.values() if item.state in states]

    def used(self, key: Platform | UUID, states: Collection[State]) -> int:
        """How many places are taken there."""
        others = sum(key in {one.platform, one.account_id} for one in self.others)
        return others + sum(key in item.belongs_to for item in self.of_state(*states))

    def claimable(self, platform: Platform, full: Collection[UUID] = ()) -> list[Item]:
        """What a claim finds there, but for these accounts."""
        found = [item for item in self.of_state(State.DUE) if item.claimed.platform == platform]
        return [item for item in found if not item.belongs_to & ((self.blocked - {platform}) | {*full})]

    def may_leave(self, item: Item) -> bool:
        """Whether there is a place for its request, and nothing forbids it."""
        has_place = self.used(item.claimed.platform, ON_THE_WIRE) < self.platform_max
        has_place = has_place and self.used(item.claimed.account_id, ON_THE_WIRE) < self.account_max
        return has_place and item.state is State.CLAIMED and not item.must_return
