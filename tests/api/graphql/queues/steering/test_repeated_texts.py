"""Who moves an occurrence close to another, or runs a queue by hand shortly before its next one, hears that the text is
the same (DUPLICATE_TEXT)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from support.api import MOVE_OCCURRENCE, User, mutation
from support.clock import FakeClock
from support.statements import Statements
from support.ticks import HOUR, due_queue, due_queues

from perennial.core.instants import instant
from perennial.process import Process
from perennial.queues.ledger.local_times import in_words

DAY = timedelta(days=1)
WARNINGS = "queue { id } warnings { code message }"
SKIP, MOVE, RESTORE = (mutation(f"{verb}Occurrence", WARNINGS) for verb in ("skip", "move", "restore"))
RUN_NOW = mutation("runQueueNow", WARNINGS)


@pytest.fixture
async def daily(alice: User, clock: FakeClock) -> Any:
    """Alice's queue: every day from an hour hence, on X."""
    await alice.connect("X")
    return await due_queue(alice, clock.now + HOUR, {"x": "Hello"}, interval=1)


async def warned(user: User, document: str, queue: Any, time: datetime, **more: Any) -> list[tuple[str, str]]:
    found = await user.do(document, queueId=queue["id"], scheduledTime=time, **more)
    return [(one["code"], one["message"]) for one in found["warnings"]]


def too_soon(time: datetime, before: datetime) -> list[tuple[str, str]]:
    return [
        (
            "DUPLICATE_TEXT",
            f"This text goes out on {in_words(time, None)}, less than 23 hours after the same text from the same "
            f"account on {in_words(before, None)}: X may refuse it as a duplicate.",
        )
    ]


@pytest.mark.parametrize("day", [1, 400])
async def test_one_that_is_moved_close_to_the_one_before_is_warned_of_however_far_ahead(
    alice: User, clock: FakeClock, daily: Any, day: int
) -> None:
    before, own = clock.now + HOUR + (day - 1) * DAY, clock.now + HOUR + day * DAY
    assert await warned(alice, MOVE, daily, own, to=instant(own - HOUR)) == []
    to = own - 2 * HOUR + timedelta(microseconds=999)  # which is cut off
    assert await warned(alice, MOVE, daily, own, to=to.isoformat()) == too_soon(own - 2 * HOUR, before)


async def test_one_that_is_moved_close_to_the_next_is_warned_of_and_one_that_is_restored(
    alice: User, clock: FakeClock, daily: Any
) -> None:
    first, second = clock.now + HOUR, clock.now + HOUR + DAY
    assert await warned(alice, MOVE, daily, first, to=instant(first + 2 * HOUR)) == too_soon(second, first + 2 * HOUR)
    assert await warned(alice, MOVE, daily, second, to=instant(second + HOUR)) == []
    assert await warned(alice, RESTORE, daily, second) == too_soon(second, first + 2 * HOUR)
    assert await warned(alice, SKIP, daily, second) == []


async def test_a_run_by_hand_shortly_before_the_next_occurrence_is_warned_of(
    alice: User, clock: FakeClock, daily: Any, process: Process
) -> None:
    """Also once its clone is out."""
    time, given = clock.now + HOUR, {"id": daily["id"], "idempotencyKey": "once"}
    for _ in range(2):
        found = (await alice.do(RUN_NOW, **given))["warnings"]
        assert [(one["code"], one["message"]) for one in found] == too_soon(time, clock.now)
        await process.publisher.publish_due()


async def test_what_it_costs_does_not_grow_with_the_number_of_queues(
    alice: User, clock: FakeClock, daily: Any, caplog: pytest.LogCaptureFixture
) -> None:
    statements, own = Statements(caplog), clock.now + HOUR

    async def of_a_move(document: str, hours: int) -> int:
        given = {"queueId": daily["id"], "scheduledTime": own, "to": instant(own + hours * HOUR)}
        return await statements.of(alice, document, **given)

    one = await of_a_move(MOVE, 1)
    assert await of_a_move(MOVE_OCCURRENCE, 2) < one, "who does not ask for warnings does not pay for them"
    await due_queues(alice, 20, clock.now + 3 * HOUR)
    assert await of_a_move(MOVE, 3) == one
