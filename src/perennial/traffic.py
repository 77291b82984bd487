"""How many requests are in flight, for each platform and each account: what hangs fills its own lane and no other."""

from collections import Counter
from collections.abc import Iterable
from itertools import islice
from typing import Protocol, TypeVar

from perennial.states import Platform


class Traveller(Protocol):
    """What is counted: something of an owner's that goes to a platform."""

    @property
    def platform(self) -> Platform:
        """Where it goes."""

    @property
    def owner(self) -> str:
        """Whose account it goes out from."""


BATCHES = 4  # fill the places of a platform

T = TypeVar("T", bound=Traveller)


class Traffic:
    """Counts places. Who is admitted holds one until `leave` is called for it."""

    def __init__(self, platform_places: int, account_places: int) -> None:
        self._platform_places = platform_places
        self._account_places = account_places
        self._platforms: Counter[Platform] = Counter()
        self._accounts: Counter[tuple[str, Platform]] = Counter()

    def batch(self, platform: Platform) -> int:
        """How many to look for at a time: a quarter of the places, so that the requests do not all go at once.

        None, until there is that much room: a batch costs hardly more than one.
        """
        size = max(1, self._platform_places // BATCHES)
        return size if self.room(platform) >= size else 0

    def room(self, platform: Platform) -> int:
        """How many more the platform takes."""
        return self._platform_places - self._platforms[platform]

    def admit(self, travellers: Iterable[T], at_most: int | None = None) -> list[T]:
        """Gives places to as many of these as there is room for, first come, first served, but to no more."""
        return list(islice(filter(self._admit, travellers), at_most))

    def leave(self, one: Traveller) -> None:
        """Gives its place back."""
        self._platforms[one.platform] -= 1
        self._accounts[one.owner, one.platform] -= 1
        if not self._accounts[one.owner, one.platform]:
            del self._accounts[one.owner, one.platform]

    def _admit(self, one: Traveller) -> bool:
        account = (one.owner, one.platform)
        if self.room(one.platform) < 1 or self._accounts[account] >= self._account_places:
            return False
        self._platforms[one.platform] += 1
        self._accounts[account] += 1
        return True
