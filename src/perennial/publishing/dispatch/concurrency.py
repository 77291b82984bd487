"""How many publications are claimed, and how many requests on the wire: what hangs fills its own lane and no other."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from typing import Protocol, TypeVar

from perennial.core.states import Platform


class Traveller(Protocol):
    """What is counted: something of an owner's that goes to a platform."""

    @property
    def platform(self) -> Platform:
        """Where it goes."""

    @property
    def owner(self) -> str:
        """Whose account it goes out from."""


# Places in all, in wirefuls (as much as may be on the wire): who comes back makes way for the next at once, and while
# those that lie ready leave, the next are claimed.
WIREFULS = 3
BATCH_WIREFULS = 2

T = TypeVar("T", bound=Traveller)


class Traffic:
    """Counts places. Who is admitted holds one until `leave`; a request holds one on the wire as well, until `arrive`.

    `freed` is set whenever a place on the wire becomes free.
    """

    def __init__(self, platform_places: int, account_places: int) -> None:
        self._platform_places = platform_places
        self._account_places = account_places
        self._platforms: Counter[Platform] = Counter()
        self._accounts: Counter[tuple[str, Platform]] = Counter()
        self._on_wire: Counter[Platform] = Counter()
        self.freed = asyncio.Event()

    def batch(self, platform: Platform) -> int:
        """How many to claim at a time: all that there is room for, but two wirefuls at most.

        0, until there is room for half a wireful: a batch costs hardly more than one.
        """
        room = min(self.room(platform), BATCH_WIREFULS * self._platform_places)
        return room if room >= max(1, self._platform_places // 2) else 0

    def room(self, platform: Platform) -> int:
        """How many more may be claimed."""
        return WIREFULS * self._platform_places - self._platforms[platform]

    def admit(self, travellers: Iterable[T], at_most: int | None = None) -> list[T]:
        """Gives places to as many of these as there is room for, first come, first served, but to no more."""
        return list(islice(filter(self._admit, travellers), at_most))

    def leave(self, one: Traveller) -> None:
        """Gives its place back."""
        self._platforms[one.platform] -= 1
        self._accounts[one.owner, one.platform] -= 1
        if not self._accounts[one.owner, one.platform]:
            del self._accounts[one.owner, one.platform]

    def room_on_wire(self, platform: Platform) -> int:
        """How many more requests the platform takes."""
        return self._platform_places - self._on_wire[platform]

    def depart(self, platform: Platform) -> None:
        """Takes a place on the wire."""
        self._on_wire[platform] += 1

    def arrive(self, platform: Platform) -> None:
        """Gives a place on the wire back."""
        self._on_wire[platform] -= 1
        self.freed.set()

    def _admit(self, one: Traveller) -> bool:
        account = (one.owner, one.platform)
        if self.room(one.platform) < 1 or self._accounts[account] >= self._account_places:
            return False
        self._platforms[one.platform] += 1
        self._accounts[account] += 1
        return True
