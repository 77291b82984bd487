"""What hangs fills its own lane and no other."""

from dataclasses import dataclass

import pytest

from perennial.core.states import Platform
from perennial.publishing.dispatch.concurrency import Traffic


@dataclass(frozen=True)
class Traveller:
    """Something of an owner's that goes to a platform."""

    owner: str = "alice"
    platform: Platform = Platform.X


def test_no_more_are_admitted_than_a_wireful_and_twice_as_many_that_wait_for_it() -> None:
    traffic = Traffic(platform_places=2, account_places=3)
    crowd = [Traveller(str(number)) for number in range(7)]
    assert traffic.admit(crowd) == crowd[:6]
    assert traffic.room(Platform.X) == 0
    assert traffic.admit(crowd) == []


def test_on_the_wire_are_no_more_than_the_platform_takes() -> None:
    traffic = Traffic(platform_places=2, account_places=2)
    for _ in range(2):
        traffic.depart(Platform.X)
    assert traffic.room_on_wire(Platform.X) == 0
    assert traffic.room_on_wire(Platform.LINKEDIN) == 2
    assert not traffic.freed.is_set()
    traffic.arrive(Platform.X)
    assert traffic.room_on_wire(Platform.X) == 1
    assert traffic.freed.is_set()


def test_one_account_cannot_take_the_places_of_another() -> None:
    traffic = Traffic(platform_places=10, account_places=2)
    alices, bobs = [Traveller("alice")] * 5, [Traveller("bob")]
    assert traffic.admit(alices + bobs) == alices[:2] + bobs


def test_a_platform_that_hangs_leaves_the_other_its_room() -> None:
    traffic = Traffic(platform_places=1, account_places=3)
    traffic.admit([Traveller(platform=Platform.X)] * 3)
    assert traffic.batch(Platform.X) == 0
    assert traffic.batch(Platform.LINKEDIN) == 2
    assert traffic.admit([Traveller(platform=Platform.LINKEDIN)]) == [Traveller(platform=Platform.LINKEDIN)]


def test_who_leaves_gives_place_to_the_same_account_again() -> None:
    traffic = Traffic(platform_places=1, account_places=1)
    (one,) = traffic.admit([Traveller()])
    assert traffic.admit([Traveller()]) == []
    traffic.leave(one)
    assert traffic.admit([Traveller()]) == [one]


@pytest.mark.parametrize(
    ("places", "taken", "batch"),
    [
        *[(100, 0, 200), (100, 100, 200), (100, 130, 170), (100, 250, 50), (100, 251, 0)],
        *[(8, 20, 4), (8, 21, 0), (3, 8, 1), (1, 0, 2), (1, 1, 2), (1, 2, 1), (1, 3, 0)],
    ],
)
def test_a_batch_is_two_wirefuls_at_most_and_half_of_one_at_least(places: int, taken: int, batch: int) -> None:
    traffic = Traffic(platform_places=places, account_places=3 * places)
    traffic.admit([Traveller()] * taken)
    assert traffic.batch(Platform.X) == batch
