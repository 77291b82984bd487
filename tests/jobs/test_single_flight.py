"""How many callers do the same work at once in a process."""

from perennial.jobs.single_flight import SingleFlight


def test_two_callers_enter_and_a_third_only_wakes_them() -> None:
    single_flight = SingleFlight()
    assert single_flight.try_enter()
    assert single_flight.try_enter()
    assert not single_flight.woken.is_set()
    assert not single_flight.try_enter()
    assert single_flight.woken.is_set()


def test_a_place_that_is_given_back_is_taken_by_the_next() -> None:
    single_flight = SingleFlight(places=1)
    assert single_flight.try_enter()
    assert not single_flight.try_enter()
    single_flight.leave()
    assert single_flight.try_enter()
    assert not single_flight.try_enter()
