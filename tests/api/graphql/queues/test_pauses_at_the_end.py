"""pauseQueue and pauseQueues warn of a pause after which the queue has no occurrence left."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from support.api import PAUSE_QUEUE, SKIP_OCCURRENCE, UPDATE_QUEUE, User, mutation
from support.clock import FakeClock
from support.ticks import HOUR, Tick, due_queue

from perennial.core.instants import instant

DAY = timedelta(days=1)
WARNED, ALL_WARNED = (mutation(name, "warnings { code message field }") for name in ("pauseQueue", "pauseQueues"))


@pytest.fixture
async def daily(alice: User, clock: FakeClock) -> Any:
    """Alice's queue: each day from an hour hence, three times; its last occurrence is on its end."""
    await alice.connect("X")
    return await due_queue(alice, clock.now + HOUR, interval=1, endsAt=instant(clock.now + HOUR + 2 * DAY))


async def warnings(user: User, document: str, **given: Any) -> list[Any]:
    answer = await user.execute(document, input={}, **given)
    assert "errors" not in answer, answer
    (payload,) = answer["data"].values()
    return list(payload["warnings"])


def words(until: datetime) -> str:
    return f"No occurrence of the queue is left from {instant(until)} on: it is completed once the pause ends."


async def test_a_pause_beyond_the_last_occurrence_is_warned_of_and_completes_the_queue(
    alice: User, clock: FakeClock, daily: Any, tick: Tick
) -> None:
    last = clock.now + HOUR + 2 * DAY
    until = last + timedelta(milliseconds=1)
    expected = [{"code": "ENDS_WITH_PAUSE", "message": words(until), "field": "until"}]
    for _ in range(2):  # whoever sends it again hears it again
        assert await warnings(alice, WARNED, id=daily["id"], until=until) == expected
    clock.now = until
    await tick()
    queue = await alice.queue(daily["id"])
    assert (queue["status"], queue["statusReason"]) == ("COMPLETED", "ENDED")


async def test_a_pause_that_leaves_one_is_not_and_the_queue_goes_on(
    alice: User, clock: FakeClock, daily: Any, tick: Tick
) -> None:
    last = clock.now + HOUR + 2 * DAY
    assert await warnings(alice, WARNED, id=daily["id"]) == []
    assert await warnings(alice, WARNED, id=daily["id"], until=last) == []
    clock.now = last
    assert (await tick()).executed == 1


async def test_neither_a_skipped_nor_an_excluded_occurrence_is_left(alice: User, clock: FakeClock, daily: Any) -> None:
    second, last = (clock.now + HOUR + days * DAY for days in (1, 2))
    await alice.do(SKIP_OCCURRENCE, queueId=daily["id"], scheduledTime=last)
    await alice.do(UPDATE_QUEUE, id=daily["id"], input={"excludedDates": [second.date().isoformat()]})
    assert await warnings(alice, WARNED, id=daily["id"], until=second - DAY) == []
    (warning,) = await warnings(alice, WARNED, id=daily["id"], until=second)
    assert warning["code"] == "ENDS_WITH_PAUSE"


async def test_of_several_queues_the_warning_names_the_one(alice: User, clock: FakeClock, daily: Any) -> None:
    endless, until = await due_queue(alice, clock.now + HOUR), clock.now + 9 * DAY
    (warning,) = await warnings(alice, ALL_WARNED, ids=[endless["id"], daily["id"]], until=until)
    assert warning == {
        "code": "ENDS_WITH_PAUSE",
        "message": f"Queue {daily['id']}: {words(until)}",
        "field": "until",
    }


async def test_one_that_is_refused_is_not_warned_of(alice: User, clock: FakeClock, daily: Any, tick: Tick) -> None:
    until = clock.now + HOUR + 3 * DAY
    await alice.do(PAUSE_QUEUE, id=daily["id"], until=until)
    clock.now = until
    await tick()
    assert await warnings(alice, ALL_WARNED, ids=[daily["id"]], until=until + DAY) == []
