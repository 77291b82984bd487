"""Which errors are outages, by what they were raised from."""

from perennial.db.outages import is_outage


def raised(make: "type[Exception]", *, from_none: bool = False) -> BaseException:
    """An error of this kind that is raised while a lost connection is handled."""
    try:
        try:
            raise ConnectionResetError
        except ConnectionResetError:
            if from_none:
                raise make from None
            raise make  # noqa: B904 (that is the point)
    except make as error:
        return error


def test_what_is_raised_while_an_outage_is_handled_counts_as_one() -> None:
    assert is_outage(raised(RuntimeError))


def test_what_was_raised_from_nothing_is_judged_alone() -> None:
    assert not is_outage(raised(RuntimeError, from_none=True))
    assert is_outage(raised(TimeoutError, from_none=True))
