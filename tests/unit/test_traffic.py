"""What hangs fills its own lane and no other."""

from dataclasses import dataclass

import pytest

from perennial.states import Platform
from perennial.traffic import Traffic


@dataclass(frozen=True)
class Traveller:
    """Something of an owner's that goes to a platform."""

    owner: str = "alice"
    platform: Platform = Platform.X


def test_no_more_are_admitted_than_the_platform_has_places() -> None:
    traffic = Traffic(platform_places=3, account_places=3)
    crowd = [Traveller("alice"), Traveller("bob"), Traveller("mallory"), Traveller("nobody")]
    assert traffic.admit(crowd) == crowd[:3]
    assert traffic.room(Platform.X) == 0
    assert traffic.admit(crowd) == []


def test_one_account_cannot_take_the_places_of_another() -> None:
    traffic = Traffic(platform_places=10, account_places=2)
    alices, bobs = [Traveller("alice")] * 5, [Traveller("bob")]
    assert traffic.admit(alices + bobs) == alices[:2] + bobs


def test_a_platform_that_hangs_leaves_the_other_its_room() -> None:
    traffic = Traffic(platform_places=2, account_places=2)
    traffic.admit([Traveller(platform=Platform.X)] * 2)
    assert traffic.batch(Platform.X) == 0
    assert traffic.room(Platform.LINKEDIN) == 2
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
        *[(100, 0, 25), (100, 40, 25), (100, 75, 25), (100, 76, 0)],
        *[(8, 6, 2), (8, 7, 0), (3, 2, 1), (1, 0, 1), (1, 1, 0)],
    ],
)
def test_a_batch_is_a_quarter_of_the_places_once_there_is_room_for_it(places: int, taken: int, batch: int) -> None:
    traffic = Traffic(platform_places=places, account_places=places)
    traffic.admit([Traveller()] * taken)
    assert traffic.batch(Platform.X) == batch
