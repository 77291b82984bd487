"""How many callers do the same work at once in a process."""

from perennial.jobs.single_flight import Gate


def test_two_callers_are_let_in_and_the_third_only_knocks() -> None:
    gate = Gate()
    assert gate.enter()
    assert gate.enter()
    assert not gate.knocked.is_set()
    assert not gate.enter()
    assert gate.knocked.is_set()


def test_a_place_that_is_given_back_is_taken_by_the_next() -> None:
    gate = Gate(places=1)
    assert gate.enter()
    assert not gate.enter()
    gate.leave()
    assert gate.enter()
    assert not gate.enter()
