"""What an owner skipped or moved ahead, and what updateQueue and resumeQueue leave of it: he is told what is lost."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.api import MOVE_OCCURRENCE, PAUSE_QUEUE, SKIP_OCCURRENCE, User
from support.clock import FakeClock

from perennial.core.instants import instant

from .conftest import BERLIN, Made

FIRST = datetime(2027, 3, 22, 8, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PLAIN = {"interval": 1, "nextScheduledTime": "2027-03-22T08:00:00Z"}


def dropped(queue: Any) -> list[str]:
    """The occurrences of which the payload says that what was done with them is forgotten."""
    said = "What was skipped or moved is forgotten, as the queue has other occurrences now: "
    found = [one["message"] for one in queue["warnings"] if one["code"] == "CHANGES_DROPPED"]
    assert all(one.startswith(said) and one.endswith(".") for one in found)
    return found[0].removeprefix(said).removesuffix(".").split(", ") if found else []


async def steer(alice: User, queue: Any) -> None:
    """Skips the second occurrence, and moves the third."""
    await alice.do(SKIP_OCCURRENCE, queueId=queue["id"], scheduledTime=FIRST + DAY)
    await alice.do(MOVE_OCCURRENCE, queueId=queue["id"], scheduledTime=FIRST + 2 * DAY, to=FIRST + 2 * DAY + HOUR)


SECOND, THIRD = instant(FIRST + DAY), instant(FIRST + 2 * DAY)


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"nextScheduledTime": "2027-03-26T08:00:00Z"}, [SECOND, THIRD]),
        ({"nextScheduledTime": "2027-03-22T18:00:00Z"}, [SECOND, THIRD]),
        ({"nextScheduledTime": "2027-03-24T08:00:00Z"}, [SECOND]),  # the third's own time
        ({"nextScheduledTime": "2027-03-24T09:00:00Z"}, [SECOND]),  # where the third was moved to
        ({"nextScheduledTime": "2027-03-23T08:00:00Z"}, []),  # the second's: it runs
        ({"rule": "FREQ=WEEKLY;BYDAY=FR"}, [SECOND, THIRD]),
        ({"rule": "FREQ=WEEKLY;BYDAY=WE"}, [SECOND]),
        ({"interval": 2}, [SECOND]),
        ({"timezone": "Europe/Berlin"}, []),
        ({"timezone": "Europe/Berlin", "nextScheduledTime": "2027-03-22T10:00:00Z"}, [SECOND, THIRD]),
        ({"endsAt": "2027-03-22T20:00:00Z"}, [SECOND, THIRD]),
    ],
)
async def test_an_owner_is_told_of_what_was_changed_ahead_and_is_forgotten(
    alice: User, made: Made, given: dict[str, Any], names: list[str]
) -> None:
    queue = await made.queue(**PLAIN)
    await steer(alice, queue)
    assert dropped(await made.changed(queue, **given)) == names


async def test_the_names_are_those_from_before_the_change(alice: User, made: Made) -> None:
    queue = await made.queue(rule="FREQ=WEEKLY;BYDAY=MO,TU,WE", **BERLIN)
    await steer(alice, queue)
    changed = await made.changed(queue, timezone="America/New_York", rule="FREQ=WEEKLY;BYDAY=FR")
    assert dropped(changed) == [SECOND, THIRD]


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"from": "NOW"}, [SECOND, THIRD]),
        ({"from": "NEXT_SLOT"}, []),
        ({"nextScheduledTime": "2027-03-26T08:00:00Z"}, [SECOND, THIRD]),
        ({"nextScheduledTime": "2027-03-24T08:00:00Z"}, [SECOND]),
    ],
)
async def test_so_it_is_where_a_queue_goes_on(alice: User, made: Made, given: dict[str, Any], names: list[str]) -> None:
    queue = await made.queue(**PLAIN)
    await steer(alice, queue)
    await alice.do(PAUSE_QUEUE, id=queue["id"])
    assert dropped(await made.resumed(queue, **given)) == names


async def test_what_its_owner_replaces_himself_is_no_surprise(alice: User, made: Made) -> None:
    """Who gives another time to the occurrence that was moved knows that it does not run where he moved it."""
    active, paused = [await made.queue(**PLAIN) for _ in range(2)]
    for queue in (active, paused):
        await alice.do(MOVE_OCCURRENCE, queueId=queue["id"], scheduledTime=FIRST, to=FIRST + HOUR)
    await alice.do(PAUSE_QUEUE, id=paused["id"])
    assert dropped(await made.changed(active, nextScheduledTime="2027-03-25T18:00:00Z")) == []
    assert dropped(await made.resumed(paused, nextScheduledTime="2027-03-25T18:00:00Z")) == []
    paused = await made.queue(**PLAIN)
    await alice.do(MOVE_OCCURRENCE, queueId=paused["id"], scheduledTime=FIRST, to=FIRST + HOUR)
    await alice.do(PAUSE_QUEUE, id=paused["id"])
    assert dropped(await made.resumed(paused, **{"from": "NOW"})) == [instant(FIRST)]


async def test_nobody_is_told_of_what_has_passed_since(alice: User, clock: FakeClock, made: Made) -> None:
    queue = await made.queue(**PLAIN)
    await steer(alice, queue)
    await alice.do(PAUSE_QUEUE, id=queue["id"])
    clock.now = FIRST + 3 * DAY + HOUR
    assert dropped(await made.resumed(queue, nextScheduledTime="2027-03-26T18:00:00Z")) == []
