"""What hangs fills its own lane and no other."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import pytest

from perennial.core.states import Platform
from perennial.publishing.limits import Limits

ALICES, BOBS = UUID(int=1), UUID(int=2)


@dataclass(frozen=True)
class Sent:
    """Something that goes from an account to a platform."""

    account_id: UUID = ALICES
    platform: Platform = Platform.X


def claim(limits: Limits, count: int, one: Callable[[int], Sent]) -> None:
    for number in range(count):
        limits.claim(one(number))


def crowd(number: int) -> Sent:
    """Of an account of its own."""
    return Sent(UUID(int=10 + number))


def test_no_more_are_claimed_than_may_be_sent_at_once_and_twice_as_many_that_wait_for_it() -> None:
    limits = Limits(platform_requests_max=2, account_requests_max=3)
    claim(limits, 2, crowd)
    assert limits.room(Platform.X) == 4
    claim(limits, 4, crowd)
    assert limits.room(Platform.X) == 0


def test_no_more_are_sent_than_the_platform_takes() -> None:
    limits = Limits(platform_requests_max=2, account_requests_max=2)
    for number in range(2):
        limits.start(crowd(number))
    assert (limits.is_full(Platform.X), limits.may_start(crowd(3))) == (True, False)
    assert (limits.is_full(Platform.LINKEDIN), limits.may_start(Sent(platform=Platform.LINKEDIN))) == (False, True)
    limits.finish(crowd(0))
    assert (limits.is_full(Platform.X), limits.may_start(crowd(3))) == (False, True)


def test_one_account_cannot_take_the_places_of_another() -> None:
    limits = Limits(platform_requests_max=10, account_requests_max=2)
    for _ in range(2):
        limits.start(Sent(ALICES))
    assert (limits.may_start(Sent(ALICES)), limits.may_start(Sent(BOBS))) == (False, True)
    claim(limits, 5, lambda _: Sent(ALICES))
    assert (limits.account_room(ALICES), limits.account_room(BOBS)) == (0, limits.account_room_max)
    assert limits.full_accounts(Platform.X) == [ALICES]
    assert limits.full_accounts(Platform.LINKEDIN) == []


def test_a_platform_that_hangs_leaves_the_other_its_room() -> None:
    limits = Limits(platform_requests_max=1, account_requests_max=3)
    claim(limits, 3, crowd)
    assert limits.room(Platform.X) == 0
    assert limits.room(Platform.LINKEDIN) == 2


def test_what_is_released_makes_room_for_the_same_account_again() -> None:
    limits = Limits(platform_requests_max=1, account_requests_max=1)
    claim(limits, 3, lambda _: Sent(ALICES))
    assert limits.account_room(ALICES) == 0
    limits.release(Sent(ALICES))
    assert limits.account_room(ALICES) == 1
    assert limits.full_accounts(Platform.X) == []


@pytest.mark.parametrize(
    ("places", "taken", "batch"),
    [
        *[(100, 0, 200), (100, 100, 200), (100, 130, 170), (100, 250, 50), (100, 251, 0)],
        *[(8, 20, 4), (8, 21, 0), (3, 8, 1), (1, 0, 2), (1, 1, 2), (1, 2, 1), (1, 3, 0)],
    ],
)
def test_a_claim_takes_twice_what_may_be_sent_at_once_and_no_less_than_half_of_it(
    places: int, taken: int, batch: int
) -> None:
    limits = Limits(platform_requests_max=places, account_requests_max=3 * places)
    claim(limits, taken, crowd)
    assert limits.room(Platform.X) == batch
