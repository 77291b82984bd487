"""Every occurrence of an outage is accounted for by the real tick: excluded, skipped, missed, paused, each once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.api import PAUSE_QUEUE, RESUME_QUEUE, SKIP_OCCURRENCE, User
from support.clock import FakeClock
from support.ticks import Tick, clones

from perennial.db.models import QueueExecution
from perennial.queues.ledger.explanation import occurrences

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
START = datetime(2027, 3, 1, 8, tzinfo=UTC)  # a Monday, 09:00 in Berlin until the 28th
BERLIN = {"timezone": "Europe/Berlin"}


@pytest.fixture
async def post(alice: User, clock: FakeClock) -> Any:
    """A post of Alice's on X, an hour before 09:00 on Monday, 1 March 2027."""
    await alice.connect("X")
    clock.now = START - HOUR
    return await alice.create_post(x="Hello")


async def a_queue(alice: User, post: Any, **settings: Any) -> Any:
    if "rule" in settings:
        settings["interval"] = None
    return await alice.create_queue(post["id"], START, **{"interval": 1} | settings)


async def rows(queue: Any) -> list[tuple[str, int, int, str | None]]:
    """The ledger, oldest first: the day of March of each row, its last one, how many it stands for, and the reason."""
    found = await QueueExecution.filter(queue_id=queue["id"]).order_by("scheduled_time")
    return [
        (_day(row.scheduled_time), _day(row.until or row.scheduled_time), occurrences(row), row.reason) for row in found
    ]


def _day(time: datetime) -> int:
    return (time - START).days + 1


@pytest.mark.parametrize("policy", [{"policy": "RUN_LATEST"}, {"policy": "SKIP"}])
async def test_an_outage_of_weeks_in_which_days_were_excluded_and_skipped(
    alice: User, clock: FakeClock, tick: Tick, post: Any, policy: Any
) -> None:
    dates = ["2027-03-03", "2027-03-04", "2027-03-10"]
    queue = await a_queue(alice, post, **BERLIN, excludedDates=dates, missedRuns=policy)
    for day in (4, 5, 14):
        await alice.do(SKIP_OCCURRENCE, queueId=queue["id"], scheduledTime=START + day * DAY)
    clock.now = START + 14 * DAY + HOUR  # Monday, 15 March, an hour late
    await tick()
    excluded = [(3, 4, 2, "EXCLUDED_DATE"), (10, 10, 1, "EXCLUDED_DATE")]
    skipped = [(5, 6, 2, "SKIPPED_BY_OWNER"), (15, 15, 1, "SKIPPED_BY_OWNER")]
    missed = [(1, 2, 2, "MISSED"), (7, 9, 3, "MISSED"), (11, 14, 4, "MISSED")]
    ran = [(14, 14, 9, None)]
    expected = missed if policy["policy"] == "SKIP" else ran
    assert await rows(queue) == sorted(excluded + skipped + expected)
    assert len(await clones(alice, queue)) == (policy["policy"] != "SKIP")
    assert sum(count for *_, count, _ in await rows(queue)) == 15


async def test_a_pause_in_which_a_day_was_excluded_and_the_outage_after_it(
    alice: User, clock: FakeClock, tick: Tick, post: Any
) -> None:
    queue = await a_queue(alice, post, **BERLIN, excludedDates=["2027-03-02"], missedRuns={"policy": "SKIP"})
    await alice.do(PAUSE_QUEUE, id=queue["id"])
    clock.now = START + 4 * DAY + HOUR
    await alice.do(RESUME_QUEUE, id=queue["id"])
    clock.now = START + 30 * DAY - HOUR  # in summer time: 09:00 on the 31st
    await tick()
    found = await rows(queue)
    assert found[:3] == [(1, 1, 1, "PAUSED"), (2, 2, 1, "EXCLUDED_DATE"), (3, 5, 3, "PAUSED")]
    assert sum(count for *_, count, _ in found) == 31
    assert (await clones(alice, queue)) != []


@pytest.mark.parametrize(
    ("columns", "count"),
    [
        ({"interval": 7}, 9),
        ({"rule": "FREQ=WEEKLY;BYDAY=MO,FR", **BERLIN}, 18),
        ({"rule": "FREQ=MONTHLY;BYDAY=1MO"}, 2),  # 1 March and 5 April; 3 May is to come
        ({"interval": 1, **BERLIN}, 62),
    ],
)
async def test_the_latest_of_an_outage_stands_for_all_of_it(
    alice: User, clock: FakeClock, tick: Tick, post: Any, columns: Any, count: int
) -> None:
    queue = await a_queue(alice, post, **columns)
    clock.now = START + 61 * DAY  # Saturday, 1 May
    await tick()
    ((*_, accounted, reason),) = await rows(queue)
    assert (accounted, reason) == (count, None)
    assert len(await clones(alice, queue)) == 1


LATE = [
    ({"policy": "RUN_LATEST"}, 600 * MINUTE, True),
    ({"policy": "SKIP"}, 5 * MINUTE, True),
    ({"policy": "SKIP"}, 5 * MINUTE + timedelta(milliseconds=1), False),
    ({"policy": "RUN_IF_WITHIN", "withinMinutes": 90}, 90 * MINUTE, True),
    ({"policy": "RUN_IF_WITHIN", "withinMinutes": 90}, 90 * MINUTE + timedelta(milliseconds=1), False),
]


@pytest.mark.parametrize(("policy", "late", "runs"), LATE)
@pytest.mark.parametrize("cadence", ["FIXED", "AFTER_EXECUTION"])
async def test_what_is_missed_runs_or_not_as_its_owner_has_chosen(
    alice: User, clock: FakeClock, tick: Tick, post: Any, policy: Any, late: timedelta, cadence: str, *, runs: bool
) -> None:
    queue = await a_queue(alice, post, missedRuns=policy, cadence=cadence)
    clock.now = START + late
    await tick()
    assert await rows(queue) == [(1, 1, 1, None if runs else "MISSED")]
    assert len(await clones(alice, queue)) == int(runs)
    shown = await alice.queue(queue["id"])
    expected = clock.now + DAY if runs and cadence == "AFTER_EXECUTION" else START + DAY
    assert datetime.fromisoformat(shown["nextScheduledTime"]) == expected
