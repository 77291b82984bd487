"""Where there may be more to claim: not where nothing more was found, until somebody says that there may be."""

from typing import Any
from uuid import uuid4

import pytest

from perennial.core.states import Platform
from perennial.publishing.dispatch._claiming import Claiming
from perennial.publishing.dispatch.steps import Taken
from perennial.publishing.limits import Limits

NOTHING = Taken([], [], has_more=False)


class Looks:
    """Finds nothing on X; while it looks for the first time, `meanwhile` is called."""

    platforms = (Platform.X,)

    def __init__(self) -> None:
        self.meanwhile: Any = None
        self.count = 0

    async def claim(self, platform: Platform, room: int) -> Taken:
        self.count += 1
        if self.meanwhile and self.count == 1:
            self.meanwhile()
        return NOTHING


@pytest.mark.parametrize("when", ["never", "while it looks", "afterwards"])
async def test_it_looks_again_if_more_may_be_due_even_since_it_is_looking(when: str) -> None:
    looks = Looks()
    claiming = Claiming(looks, Limits(10, 4))  # type: ignore[arg-type]
    looks.meanwhile = (lambda: claiming.look_again([Platform.X])) if when == "while it looks" else None
    await claiming.claim(lambda _: None)
    if when == "afterwards":
        claiming.look_again([Platform.X])
    await claiming.claim(lambda _: None)
    assert looks.count == (1 if when == "never" else 2)


async def test_an_account_that_a_claim_filled_is_looked_at_again_even_if_it_has_room_before_the_claim_returns() -> None:
    """Its requests end while the claim commits: what else it has due is not forgotten."""
    account = uuid4()

    class Filled(Looks):
        async def claim(self, platform: Platform, room: int) -> Taken:
            self.count += 1
            return Taken([], [], has_more=False, left_out=[account])

    looks = Filled()
    claiming = Claiming(looks, Limits(10, 4))  # type: ignore[arg-type]
    await claiming.claim(lambda _: None)
    assert claiming.has_backlog
    await claiming.claim(lambda _: None)
    assert looks.count == 2
