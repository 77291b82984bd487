"""What is moved or restored into the pause of its queue does not run, and its owner is told so."""

from datetime import timedelta
from typing import Any

import pytest
from support.api import PAUSE_ALL_QUEUES, PAUSE_QUEUE, SKIP_OCCURRENCE, User, mutation
from support.clock import FakeClock
from support.rows import set_queue
from support.ticks import Tick, due_queue, ledger

from perennial.core.instants import instant
from perennial.core.states import QueueStatus

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MOVE, RESTORE = (mutation(f"{verb}Occurrence", "warnings { code field message }") for verb in ("move", "restore"))


@pytest.fixture
async def weekly(alice: User, clock: FakeClock) -> Any:
    """Alice's queue: every 7 days from an hour hence, with an account to publish from."""
    await alice.connect("X")
    return await due_queue(alice, clock.now + HOUR, {"x": "Hello"})


async def moved(user: User, queue: Any, name: Any, to: Any) -> list[tuple[str, str, str]]:
    """The warnings of a move."""
    return _warnings(await user.execute(MOVE, queueId=queue["id"], scheduledTime=name, to=to), "moveOccurrence")


async def restored(user: User, queue: Any, name: Any) -> list[tuple[str, str, str]]:
    """The warnings of a restoration."""
    return _warnings(await user.execute(RESTORE, queueId=queue["id"], scheduledTime=name), "restoreOccurrence")


def _warnings(answer: Any, name: str) -> list[tuple[str, str, str]]:
    assert "errors" not in answer, answer
    return [(one["code"], one["field"], one["message"]) for one in answer["data"][name]["warnings"]]


@pytest.mark.parametrize(
    ("days", "is_told"),
    [
        pytest.param(5, True, id="it ends after that"),
        pytest.param(2, False, id="it ends at that time, at which it runs"),
        pytest.param(1, False, id="it ends before"),
        pytest.param(None, True, id="it has no end"),
    ],
)
async def test_who_moves_or_restores_what_is_then_in_the_pause_is_told(
    alice: User, clock: FakeClock, weekly: Any, tick: Tick, days: int | None, is_told: bool
) -> None:
    """Restored it runs an hour hence, which is in any of these pauses."""
    name, to = clock.now + HOUR, clock.now + 2 * DAY
    until = clock.now + days * DAY if days else None
    await alice.do(PAUSE_QUEUE, id=weekly["id"], until=until)
    end = f"until {instant(until)}" if until else "until it is resumed"

    def told(time: Any, field: str) -> list[tuple[str, str, str]]:
        message = (
            f"The queue is paused {end}: the occurrence does not run at {instant(time)} if it is still paused then."
        )
        return [("PAUSED_THEN", field, message)]

    assert await moved(alice, weekly, name, to) == (told(to, "to") if is_told else [])
    assert await restored(alice, weekly, name) == told(name, "scheduledTime")
    await moved(alice, weekly, name, to)
    for time in (clock.now + DAY, to, clock.now + 5 * DAY):
        clock.now = time
        await tick()
    ran = [] if days is None else [("SKIPPED", "PAUSED")] if is_told else [("EXECUTED", None)]
    assert await ledger(alice, weekly) == ran


@pytest.mark.parametrize("days", [2, 1, None])
async def test_who_gives_a_paused_queue_a_time_in_its_pause_is_told(
    alice: User, clock: FakeClock, weekly: Any, tick: Tick, days: int | None
) -> None:
    time = clock.now + DAY
    until = clock.now + days * DAY if days else None
    await alice.do(PAUSE_QUEUE, id=weekly["id"], until=until)
    update = mutation("updateQueue", "warnings { code field message }")
    answer = await alice.execute(update, id=weekly["id"], nextScheduledTime=time)
    codes = [(code, field) for code, field, _ in _warnings(answer, "updateQueue")]
    assert codes == ([] if days == 1 else [("PAUSED_THEN", "nextScheduledTime")])
    answer = await alice.execute(update, id=weekly["id"], name="Another")
    assert _warnings(answer, "updateQueue") == []
    clock.now = time
    await tick()
    assert await ledger(alice, weekly) == ([("EXECUTED", None)] if days == 1 else [])


@pytest.mark.parametrize("paused", ["with all", "by the service"])
async def test_so_it_is_whoever_has_paused_the_queue(alice: User, clock: FakeClock, weekly: Any, paused: str) -> None:
    name = clock.now + HOUR
    await alice.do(SKIP_OCCURRENCE, queueId=weekly["id"], scheduledTime=name)
    if paused == "with all":
        await alice.do(PAUSE_ALL_QUEUES, input={})
    else:
        await set_queue(weekly, status=QueueStatus.PAUSED, status_reason="REPEATED_FAILURES")
    assert [code for code, *_ in await restored(alice, weekly, name)] == ["PAUSED_THEN"]


async def test_of_an_active_queue_and_of_a_pause_that_is_over_nothing_is_said(
    alice: User, clock: FakeClock, weekly: Any
) -> None:
    name = clock.now + HOUR
    assert await moved(alice, weekly, name, name + DAY) == []
    assert await restored(alice, weekly, name) == []
    await alice.do(PAUSE_QUEUE, id=weekly["id"], until=clock.now + timedelta(minutes=1))
    clock.advance(minutes=1)
    assert await moved(alice, weekly, name, name + DAY) == []
