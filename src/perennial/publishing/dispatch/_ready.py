"""Claimed publications that wait until they may be sent."""

from collections.abc import Callable, Collection, Iterator
from uuid import UUID

from perennial.core.states import Platform
from perennial.publishing.claims import Claimed
from perennial.publishing.limits import Limits


class Ready:
    """Those of a platform are taken in the order in which they were added, but for those that may not be sent yet.

    The platforms take turns, so that one which answers fast does not keep the other waiting.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._waiting: dict[Platform, dict[UUID, Claimed]] = {platform: {} for platform in Platform}

    def __bool__(self) -> bool:
        """Whether any publication waits."""
        return any(self._waiting.values())

    def add(self, one: Claimed) -> None:
        """Adds a publication."""
        self._waiting[one.platform][one.row.id] = one

    def has_sendable(self, blocked: Collection[Platform | UUID]) -> bool:
        """Whether any may be sent now, but for those of blocked platforms and accounts."""
        return any(self._may_send(one, blocked) for one in self._candidates(blocked))

    def take(self, count: int, blocked: Collection[Platform | UUID]) -> list[Claimed]:
        """Takes up to `count` that may be sent now; each takes its place for a request."""
        taken: list[Claimed] = []
        for one in self._candidates(blocked):
            if len(taken) == count:
                break
            if self._may_send(one, blocked):
                self._limits.start(one)
                taken.append(one)
        for one in taken:
            del self._waiting[one.platform][one.row.id]
        first = next(iter(self._waiting))
        self._waiting[first] = self._waiting.pop(first)
        return taken

    def remove(self, is_meant: Callable[[Claimed], bool]) -> list[Claimed]:
        """Removes these, and gives the places of their claims back."""
        removed = [one for waiting in self._waiting.values() for one in waiting.values() if is_meant(one)]
        for one in removed:
            del self._waiting[one.platform][one.row.id]
            self._limits.release(one)
        return removed

    def _candidates(self, blocked: Collection[Platform | UUID]) -> Iterator[Claimed]:
        return (
            one
            for platform, waiting in self._waiting.items()
            if platform not in blocked and not self._limits.is_full(platform)
            for one in waiting.values()
        )

    def _may_send(self, one: Claimed, blocked: Collection[Platform | UUID]) -> bool:
        return one.account_id not in blocked and self._limits.may_start(one)
