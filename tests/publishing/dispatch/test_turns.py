"""What is sent next of what lies ready: the platforms take turns, and what blocks one of them holds up no other."""

import asyncio

import pytest
from support.dispatching.world import World

from perennial.core.states import Platform
from perennial.publishing.claims import Claimed
from perennial.publishing.dispatch._ready import Ready
from perennial.publishing.limits import Limits

X_OF_ALICE, X_OF_BOB, LINKEDIN = 0, 1, 3  # accounts


@pytest.fixture
def ready() -> Ready:
    """A group of each of Alice's, Bob's and what goes to the other platform; of an account four may be sent at once."""
    limits = Limits(platform_requests_max=8, account_requests_max=4)
    world, ready = World(limits, 8, 4, asyncio.Event()), Ready(limits)
    for number in [X_OF_ALICE] * 5 + [X_OF_BOB] * 5 + [LINKEDIN] * 2:
        one = world.claimed(number)
        limits.claim(one)
        ready.add(one)
    return ready


def accounts(taken: list[Claimed]) -> list[int]:
    return [one.account_id.int for one in taken]


def test_a_platform_whose_places_become_free_again_and_again_does_not_keep_the_other_waiting(ready: Ready) -> None:
    assert accounts(ready.take(2, ())) == [X_OF_ALICE] * 2
    assert accounts(ready.take(2, ())) == [LINKEDIN] * 2


def test_an_account_whose_places_are_taken_is_passed_over(ready: Ready) -> None:
    assert accounts(ready.take(6, ())) == [X_OF_ALICE] * 4 + [X_OF_BOB] * 2


def test_what_blocks_one_platform_holds_up_no_other(ready: Ready) -> None:
    assert accounts(ready.take(25, {Platform.X})) == [LINKEDIN] * 2
    assert not ready.has_sendable({Platform.X})


def test_what_blocks_one_account_holds_up_no_other(ready: Ready) -> None:
    (first,) = ready.take(1, ())
    assert set(accounts(ready.take(25, {first.account_id}))) == {X_OF_BOB, LINKEDIN}
