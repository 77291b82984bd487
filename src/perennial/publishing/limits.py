"""Pure: counts how many publications are claimed and how many requests are sent, on each platform and account.

What hangs fills the places of its own platform or account, and no others.
"""

from collections import Counter
from typing import Protocol
from uuid import UUID

from perennial.core.states import Platform

# How much may be claimed, as a multiple of how much may be sent at once: while that is sent, the next is claimed.
CLAIMS = 3
# How much is claimed in one transaction, as a multiple of how much may be sent at once.
BATCH = 2


class Sendable(Protocol):
    """A publication that is claimed: it is sent to a platform, from an account."""

    @property
    def platform(self) -> Platform:
        """Where it is sent."""

    @property
    def account_id(self) -> UUID:
        """What it is sent from."""


class Limits:
    """The places of this process: a claim holds one until `release`, a request until `finish`."""

    def __init__(self, platform_requests_max: int, account_requests_max: int) -> None:
        self._platform_max, self._account_max = platform_requests_max, account_requests_max
        self._claims: Counter[Platform | UUID] = Counter()
        self._requests: Counter[Platform | UUID] = Counter()
        self._platform_of: dict[UUID, Platform] = {}

    def room(self, platform: Platform) -> int:
        """How many publications to claim in the next transaction.

        0 until there is room for half of what may be sent at once: claiming many costs hardly more than claiming one.
        """
        room = CLAIMS * self._platform_max - self._claims[platform]
        return min(room, BATCH * self._platform_max) if room >= max(1, self._platform_max // 2) else 0

    def account_room(self, account_id: UUID, besides: int = 0) -> int:
        """How many publications of the account to claim, besides so many; 0 until there is room for a full load.

        A full load is what may be sent at once.
        """
        room = CLAIMS * self._account_max - self._claims[account_id] - besides
        return room if room >= self._account_max else 0

    @property
    def account_room_max(self) -> int:
        """How many publications of an account are claimed at most."""
        return CLAIMS * self._account_max

    def full_accounts(self, platform: Platform) -> list[UUID]:
        """The accounts of the platform from which nothing is to be claimed now."""
        return [one for one, where in self._platform_of.items() if where == platform and not self.account_room(one)]

    def claim(self, one: Sendable) -> None:
        """Takes a place for a claim."""
        self._claims[one.platform] += 1
        self._claims[one.account_id] += 1
        self._platform_of[one.account_id] = one.platform

    def release(self, one: Sendable) -> None:
        """Gives the place of a claim back."""
        self._claims[one.platform] -= 1
        self._claims[one.account_id] -= 1
        if not self._claims[one.account_id]:
            del self._claims[one.account_id], self._platform_of[one.account_id]

    def used(self, key: Platform | UUID) -> tuple[int, int]:
        """How many claims, and how many requests, of the platform or the account hold a place."""
        return self._claims[key], self._requests[key]

    def may_start(self, one: Sendable) -> bool:
        """Whether its request may be sent now."""
        return self._requests[one.platform] < self._platform_max and self._requests[one.account_id] < self._account_max

    def is_full(self, platform: Platform) -> bool:
        """Whether no request may be sent to the platform now."""
        return self._requests[platform] >= self._platform_max

    def start(self, one: Sendable) -> None:
        """Takes a place for a request."""
        self._requests[one.platform] += 1
        self._requests[one.account_id] += 1

    def finish(self, one: Sendable) -> None:
        """Gives the place of a request back."""
        self._requests[one.platform] -= 1
        self._requests[one.account_id] -= 1
        if not self._requests[one.account_id]:
            del self._requests[one.account_id]
