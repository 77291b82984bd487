"""Time zones that get new rules under stored queues: the same slot, another instant, and a line in the log."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog
from support.api import MOVE_OCCURRENCE, PAUSE_QUEUE, User
from support.clock import FakeClock
from support.rows import set_queue
from support.statements import Statements
from support.ticks import Tick, alarms, clones, due_queue, forget_alarms

from perennial.core import mending
from perennial.core.instants import instant
from perennial.jobs.worker_functions import WorkerFunction
from perennial.process import Process
from perennial.queues import time_zones
from perennial.queues.calendar import zones
from perennial.queues.recurrence import series

OURS = "Africa/Abidjan"  # UTC all year, until its rules change
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SLOT = datetime(2027, 3, 28, 2, 30, tzinfo=UTC)  # the clocks of Berlin have no such time

NewRules = Callable[[str], None]


@pytest.fixture
def new_rules(monkeypatch: pytest.MonkeyPatch) -> Iterator[NewRules]:
    """Gives our zone the rules of another one, as a newer tzdata may."""
    read = zones._read

    def change(other: str) -> None:
        monkeypatch.setattr(zones, "_read", lambda name: read(other if name == OURS else name))
        series.calendar_of.cache_clear()

    yield change
    series.calendar_of.cache_clear()


@pytest.fixture
async def queue(alice: User, clock: FakeClock) -> Any:
    """Alice's queue of 02:30 in our zone, ten minutes before that."""
    await alice.connect("X")
    clock.now = SLOT - 10 * MINUTE
    made = await due_queue(alice, SLOT, {"x": "Hello"}, interval=1, timezone=OURS)
    assert made["nextScheduledTime"] == instant(SLOT)
    return made


async def mend(process: Process) -> list[Any]:
    """What a worker does when it starts; returns what the log says of queues."""
    with structlog.testing.capture_logs() as log:
        await time_zones.mender(process.alarms).mend_some()
    return [one for one in log if one["event"].startswith("queue.")]


@pytest.mark.parametrize(
    ("rules", "time"),
    [
        ("Asia/Kolkata", SLOT - 5.5 * HOUR),  # it has passed: it runs at once
        ("Atlantic/Cape_Verde", SLOT + HOUR),
        ("Europe/Berlin", SLOT - HOUR),  # 03:30, as 02:30 is in a gap now
    ],
)
async def test_the_slot_stays_and_runs_once_at_its_new_instant(
    alice: User, process: Process, clock: FakeClock, tick: Tick, queue: Any, new_rules: NewRules, rules: str, time: Any
) -> None:
    assert await mend(process) == []
    await forget_alarms(process)
    new_rules(rules)
    (line,) = await mend(process)
    assert (line["event"], line["queue"], line["owner"]) == ("queue.rederived", queue["id"], "alice")
    assert (line["before"], line["after"]) == (SLOT.isoformat(), time.isoformat())
    assert line["tzdata"] == zones.tzdata_version()
    assert (await alice.queue(queue["id"]))["nextScheduledTime"] == instant(time)
    assert await mend(process) == []
    if time <= clock.now + MINUTE:
        assert await alarms(process, WorkerFunction.PROCESS_QUEUES) != []
    for moment in sorted({clock.now, time - MINUTE, time, SLOT, SLOT + 2 * HOUR}):
        clock.now = max(clock.now, moment)
        await tick()
        assert len(await clones(alice, queue)) == int(clock.now >= time)
    (row,) = (await alice.queue(queue["id"]))["executions"]["nodes"]
    assert (row["scheduledTime"], row["outcome"]) == (instant(time), "EXECUTED")


async def test_a_tick_that_comes_first_waits_for_a_later_instant_and_says_so(
    alice: User, process: Process, clock: FakeClock, tick: Tick, queue: Any, new_rules: NewRules
) -> None:
    new_rules("Atlantic/Cape_Verde")
    clock.now = SLOT
    with structlog.testing.capture_logs() as log:
        assert (await tick()).executed == 0
    (line,) = [one for one in log if one["event"] == "queue.rederived"]
    assert (line["before"], line["after"]) == (SLOT.isoformat(), (SLOT + HOUR).isoformat())
    assert (await alice.queue(queue["id"]))["executions"]["nodes"] == []
    clock.now = SLOT + HOUR
    assert (await tick()).executed == 1


async def test_an_occurrence_that_was_moved_keeps_its_time_and_a_paused_queue_follows_too(
    alice: User, process: Process, queue: Any, new_rules: NewRules
) -> None:
    moved = await alice.create_queue(queue["originalPostId"], SLOT, interval=1, timezone=OURS)
    to = SLOT + 5 * HOUR
    await alice.do(MOVE_OCCURRENCE, queueId=moved["id"], scheduledTime=SLOT, to=to)
    await alice.do(PAUSE_QUEUE, id=queue["id"])
    new_rules("Atlantic/Cape_Verde")
    (line,) = await mend(process)
    assert line["queue"] == queue["id"]
    assert (await alice.queue(moved["id"]))["nextScheduledTime"] == instant(to)


async def test_a_zone_that_is_not_known_any_more_costs_its_queue_alone(
    alice: User, process: Process, queue: Any, new_rules: NewRules
) -> None:
    lost = await alice.create_queue(queue["originalPostId"], SLOT, interval=1, timezone=OURS)
    await set_queue(lost, timezone="Mars/Olympus")
    new_rules("Atlantic/Cape_Verde")
    assert sorted((one["event"], one["queue"]) for one in await mend(process)) == [
        ("queue.rederived", queue["id"]),
        ("queue.zone_unknown", lost["id"]),
    ]


async def test_those_of_a_slice_are_mended_together(
    alice: User, process: Process, queue: Any, new_rules: NewRules, caplog: pytest.LogCaptureFixture
) -> None:
    new_rules("Atlantic/Cape_Verde")
    statements = Statements(caplog)
    for_one = await statements.during(mend(process))
    for _ in range(5):
        made = await alice.create_queue(queue["originalPostId"], SLOT + HOUR, interval=1, timezone=OURS)
        await set_queue(made, next_scheduled_time=SLOT)
    assert await statements.during(mend(process)) == for_one
    assert await mend(process) == []


@pytest.mark.one_dialect
async def test_the_first_round_is_done_in_one_call_and_later_ones_slice_by_slice(
    alice: User, process: Process, queue: Any, new_rules: NewRules, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mending, "SLICE_SIZE", 1)
    monkeypatch.setattr(mending, "SLICES", 1)
    for _ in range(4):
        await alice.create_queue(queue["originalPostId"], SLOT, interval=1, timezone=OURS)
    mender = time_zones.mender(process.alarms)
    new_rules("Atlantic/Cape_Verde")
    lines = []
    with structlog.testing.capture_logs() as log:
        await mender.mend_some()
        lines.append(len([one for one in log if one["event"] == "queue.rederived"]))
        new_rules("Asia/Kolkata")
        await mender.mend_some()
        lines.append(len([one for one in log if one["event"] == "queue.rederived"]))
    assert lines == [5, 6]
