"""What the payloads of createQueue and updateQueue warn of: rules that leave days out, and excluded dates."""

from typing import Any

import pytest
from support.rows import set_queue

from perennial.core.states import QueueStatus

from .conftest import BERLIN, Made

SHORT = (
    "Five months (February, April, June, September, November) have no 31st, so the rule passes over that day there; "
    "with BYMONTHDAY=-1 it takes the last day of each month."
)
ON_31 = {"timezone": "Europe/Berlin", "nextScheduledTime": "2027-03-31T09:00:00+02:00"}


@pytest.mark.parametrize("rule", ["FREQ=MONTHLY;BYMONTHDAY=31", "FREQ=MONTHLY"])
async def test_the_author_of_a_rule_is_told_of_the_months_that_it_leaves_out(made: Made, rule: str) -> None:
    """Also where the day comes from the first occurrence."""
    warning = {"code": "RULE_LEAVES_OUT", "message": SHORT, "field": "rule"}
    queue = await made.queue(rule=rule, **ON_31)
    assert queue["warnings"] == [warning]
    assert (await made.changed(queue, name="At the end"))["warnings"] == []
    assert (await made.changed(queue, rule=rule))["warnings"] == [warning]


EXCLUDED = "The occurrence of 2027-03-22 is on one of the excluded dates: "


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"excludedDates": ["2027-03-23"]}, None),
        (
            {"excludedDates": ["2027-03-22", "2027-03-23"]},
            EXCLUDED + "the queue runs next at 2027-03-24T08:00:00.000Z.",
        ),
        (
            {"excludedDates": ["2027-03-22", "2027-03-23"], "endsAt": "2027-03-24T07:00:00Z"},
            EXCLUDED + "the queue ends without having run.",
        ),
    ],
)
async def test_the_owner_is_told_that_the_next_date_is_excluded(
    made: Made, given: dict[str, Any], message: str | None
) -> None:
    queue = await made.queue(interval=1, **BERLIN)
    expected = [{"code": "EXCLUDED_DATE", "message": message, "field": "excludedDates"}] if message else []
    assert (await made.changed(queue, **given))["warnings"] == expected
    assert (await made.queue(interval=1, **BERLIN, **given))["warnings"] == expected


async def test_a_queue_that_has_run_ends_without_running_again(made: Made) -> None:
    queue = await made.queue(interval=1, **BERLIN)
    await set_queue(queue, execution_count=1)
    given = {"excludedDates": ["2027-03-22"], "endsAt": "2027-03-23T07:00:00Z"}
    (warning,) = (await made.changed(queue, **given))["warnings"]
    assert warning["message"] == EXCLUDED + "the queue ends without running again."


async def test_a_completed_queue_has_no_next_date(made: Made) -> None:
    """What it shows as its pending time may be long past."""
    queue = await made.queue(interval=1, **BERLIN)
    await set_queue(queue, status=QueueStatus.COMPLETED, status_reason="MAX_EXECUTIONS_REACHED")
    assert (await made.changed(queue, excludedDates=["2027-03-22"]))["warnings"] == []
