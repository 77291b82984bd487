"""Where there is something to claim, and room for it."""

from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from perennial.core.states import Platform
from perennial.publishing.dispatch.steps import Steps, Taken
from perennial.publishing.limits import Limits

# The pause before the next claim: while there is no room, which comes soon; and while there is nothing to claim.
ROOM_SECONDS = 0.005
LOOK_SECONDS = 0.02


class Claiming:
    """`has_backlog` says whether more was due, when it was looked last, than was claimed."""

    def __init__(self, steps: Steps, limits: Limits) -> None:
        self._steps, self._limits = steps, limits
        # Where nothing more was due at the last look, but perhaps from these accounts, which had no room.
        self._exhausted: dict[Platform, Sequence[UUID]] = {}
        self.has_backlog = False

    async def claim(self, take: Callable[[Taken], None]) -> float:
        """Claims what there is room for, on each platform; returns how many seconds to wait before the next claim."""
        pauses: list[float] = []
        for platform in filter(self._may_have_more, self._steps.platforms):
            if room := self._limits.room(platform):
                self._exhausted[platform] = ()  # unless `look_again` takes that back while it is being looked
                taken = await self._steps.claim(platform, room)
                take(taken)
                if taken.has_more:
                    self._exhausted.pop(platform, None)
                elif platform in self._exhausted:
                    # As the claim found them: some of them may have room again since.
                    self._exhausted[platform] = taken.left_out
                pauses.append(0.0 if taken.has_more and (taken.claimed or taken.unsendable) else LOOK_SECONDS)
        self.has_backlog = any(map(self._may_have_more, self._steps.platforms)) or any(self._exhausted.values())
        return min(pauses, default=ROOM_SECONDS)

    def look_again(self, platforms: Iterable[Platform]) -> None:
        """More may be due there than at the last look."""
        for platform in platforms:
            self._exhausted.pop(platform, None)

    def _may_have_more(self, platform: Platform) -> bool:
        """Whether more may be due there that can be claimed."""
        full = self._exhausted.get(platform)
        return full is None or any(map(self._limits.account_room, full))
