"""The platforms: each notes what it published, for which publication, and when."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from support.clock import FakeClock
from support.laws.far import Delivery, FarPlatform, on_its_way

from perennial.core.states import Platform
from perennial.platforms import registry
from perennial.platforms.transport import Identity, Match
from perennial.publishing.sending import Sender


@dataclass
class Far(FarPlatform):
    """A platform that finds its posts fast, among a year's."""

    index: dict[tuple[str, str], list[Delivery]] = field(default_factory=dict)
    known: int = 0

    def posts(self, account: str, text: str) -> list[Delivery]:
        """What it accepted from the account of that text."""
        for one in self.deliveries[self.known :]:
            if one.receipt:
                self.index.setdefault((one.account, one.text), []).append(one)
        self.known = len(self.deliveries)
        return self.index.get((account, text), [])

    async def find_matches(self, identity: Identity, access_token: str, text: str, not_before: Any) -> list[Match]:
        """What it shows of the text, from that time on."""
        found = self.posts(identity.handle, text)
        return [Match(one.receipt, one.time) for one in found if one.receipt and one.time >= not_before]


@contextmanager
def far_platforms(clock: FakeClock) -> Iterator[dict[Platform, Far]]:
    """Puts them in the place of the real ones, and lets requests tell for which publication they are."""
    far = {platform: Far(platform, clock) for platform in Platform}
    send = Sender.send

    async def telling(sender: Sender, claimed: Any, *more: Any) -> Any:
        on_its_way.set(claimed.row.id)
        return await send(sender, claimed, *more)

    with (
        patch.object(registry, "_x", lambda *_: far[Platform.X]),
        patch.object(registry, "_linkedin", lambda *_: far[Platform.LINKEDIN]),
        patch.object(Sender, "send", telling),
    ):
        yield far
