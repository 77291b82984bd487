"""An occurrence that was moved to an earlier time and has run: wherever its own time comes again, it runs only once."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from support.api import (
    MOVE_OCCURRENCE,
    PAUSE_QUEUE,
    RESTORE_OCCURRENCE,
    RESUME_QUEUE,
    SKIP_OCCURRENCE,
    UPDATE_QUEUE,
    User,
    mutation,
)
from support.clock import FakeClock
from support.ticks import Tick, due_queue, ledger

from perennial.core.instants import instant
from perennial.db.models import QueueExecution
from perennial.queues.ledger.explanation import occurrences

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
UPCOMING = "query ($id: ID!) { queue(id: $id) { upcoming(first: 4) { scheduledTime skipped } } }"
UPDATE, RESUME = (mutation(f"{verb}Queue", "queue { id } warnings { code message }") for verb in ("update", "resume"))
ONCE = "is in the queue's ledger already, and runs only once"
BESIDE = "runQueueNow, which runs the queue beside its occurrences."


@pytest.fixture
async def ran(alice: User, clock: FakeClock, tick: Tick) -> Any:
    """Alice's weekly queue, whose occurrence in three days was moved to now, and has run."""
    await alice.connect("X")
    queue = await due_queue(alice, name := clock.now + 3 * DAY, {"x": "Hello"})
    await alice.do(MOVE_OCCURRENCE, queueId=queue["id"], scheduledTime=name, to=clock.now + HOUR)
    clock.advance(hours=1)
    await tick()
    assert await ledger(alice, queue) == [("EXECUTED", None)]
    return {**queue, "name": name}


async def foreseen(alice: User, queue: Any) -> list[tuple[str, bool]]:
    """The names of the next four occurrences, and whether each is skipped."""
    upcoming = (await alice.do(UPCOMING, id=queue["id"]))["upcoming"]
    return [(one["scheduledTime"], one["skipped"]) for one in upcoming]


async def warned(alice: User, document: str, **given: Any) -> list[str]:
    """What the payload says of occurrences that the ledger has already."""
    answer = await alice.execute(document, input=given)
    assert "errors" not in answer, answer["errors"]
    (payload,) = answer["data"].values()
    return [one["message"] for one in payload["warnings"] if one["code"] == "ALREADY_IN_LEDGER"]


def words(name: datetime) -> list[str]:
    return [f"The queue's ledger has this occurrence already, so it does not run: {instant(name)}."]


@pytest.mark.parametrize("is_paused", [False, True])
async def test_where_its_time_comes_again_it_is_skipped_and_the_forecast_says_so(
    alice: User, clock: FakeClock, tick: Tick, ran: Any, is_paused: bool
) -> None:
    name = ran["name"]
    given = {"id": ran["id"], "nextScheduledTime": instant(name - 2 * DAY)}
    if is_paused:
        await alice.do(UPDATE_QUEUE, id=ran["id"], interval=1)
        await alice.do(PAUSE_QUEUE, id=ran["id"])
        assert await warned(alice, RESUME, **given) == words(name)
    else:
        assert await warned(alice, UPDATE, **given, interval=1) == words(name)
    expected = [name + day * DAY for day in (-2, -1, 0, 1)]
    assert await foreseen(alice, ran) == [(instant(one), one == name) for one in expected]
    for clock.now in expected:
        assert (await tick()).executed == (clock.now != name)
    assert await QueueExecution.filter(queue_id=ran["id"]).count() == 1 + 3


async def test_the_two_steps_that_lead_to_it_may_be_two_edits(alice: User, ran: Any) -> None:
    """First another time, by which its own is between two occurrences; then an interval by which it is one."""
    name = ran["name"]
    assert await warned(alice, UPDATE, id=ran["id"], nextScheduledTime=instant(name - DAY)) == []
    assert await warned(alice, UPDATE, id=ran["id"], interval=1) == words(name)
    assert await warned(alice, UPDATE, id=ran["id"], interval=1) == [], "it is said once"
    assert (await foreseen(alice, ran))[:2] == [(instant(name - DAY), False), (instant(name), True)]


async def test_a_zone_that_lets_the_next_one_have_its_time_skips_that(alice: User, clock: FakeClock, ran: Any) -> None:
    """Noon in Honolulu is noon of the day before on Kiritimati."""
    name, honolulu, kiritimati = ran["name"], {"timezone": "Pacific/Honolulu"}, {"timezone": "Pacific/Kiritimati"}
    daily = {"interval": 1, "nextScheduledTime": instant(name + DAY), **honolulu}
    assert await warned(alice, UPDATE, id=ran["id"], **daily) == []
    assert await warned(alice, UPDATE, id=ran["id"], **kiritimati) == words(name)
    assert (await foreseen(alice, ran))[:2] == [(instant(name), True), (instant(name + DAY), False)]


async def test_a_queue_that_goes_on_from_now_passes_over_it(alice: User, clock: FakeClock, ran: Any) -> None:
    name = ran["name"]
    await alice.do(PAUSE_QUEUE, id=ran["id"])
    await alice.do(UPDATE_QUEUE, id=ran["id"], interval=2)
    clock.now = name - 2 * DAY
    assert await warned(alice, RESUME, id=ran["id"], **{"from": "NOW"}) == words(name)
    assert (await foreseen(alice, ran))[:2] == [(instant(name), True), (instant(name + 2 * DAY), False)]


async def test_its_owner_cannot_let_it_run_again(alice: User, clock: FakeClock, ran: Any) -> None:
    name = ran["name"]
    await alice.do(UPDATE_QUEUE, id=ran["id"], interval=1, nextScheduledTime=name - DAY)
    one = {"queueId": ran["id"], "scheduledTime": name}
    for refusal in (
        await alice.refused(RESTORE_OCCURRENCE, **one),
        await alice.refused(MOVE_OCCURRENCE, **one, to=name + HOUR),
    ):
        assert (refusal.code, refusal.message) == (
            "CONFLICT",
            f"The occurrence of {instant(name)} {ONCE}: use {BESIDE}",
        )
    await alice.do(SKIP_OCCURRENCE, **one)
    for document in (UPDATE_QUEUE, RESUME_QUEUE):
        refusal = await alice.refused(document, id=ran["id"], nextScheduledTime=name)
        assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "nextScheduledTime")
        assert refusal.message == f"The occurrence of {instant(name)} {ONCE}: choose another time, or {BESIDE}"
        await alice.do(PAUSE_QUEUE, id=ran["id"])
    assert (await foreseen(alice, ran)) == []


@pytest.mark.parametrize("skipped", [(1,), (-1,), (-1, 1), (-2, -1, 1, 2)], ids=str)
@pytest.mark.parametrize("way", ["late tick", "pause that ends", "resume"])
async def test_among_others_that_are_skipped_it_has_one_row_and_each_of_them_has_its_place(
    alice: User, clock: FakeClock, tick: Tick, ran: Any, way: str, skipped: tuple[int, ...]
) -> None:
    name = ran["name"]
    given = {"id": ran["id"], "nextScheduledTime": instant(name - 2 * DAY)}
    assert await warned(alice, UPDATE, **given, interval=1) == words(name)
    for day in skipped:
        await alice.do(SKIP_OCCURRENCE, queueId=ran["id"], scheduledTime=name + day * DAY)
    if way != "late tick":
        until = name + 2 * DAY + HOUR if way == "pause that ends" else None
        await alice.do(PAUSE_QUEUE, id=ran["id"], until=until)
    clock.now = name + 2 * DAY + HOUR
    if way == "resume":
        await alice.do(RESUME_QUEUE, id=ran["id"])
    await tick()
    rows = await QueueExecution.filter(queue_id=ran["id"]).order_by("scheduled_time")
    assert sum(map(occurrences, rows)) == 5
    by_owner = [(row.scheduled_time - name, row.missed_count) for row in rows if row.reason == "SKIPPED_BY_OWNER"]
    assert {first.days + more for first, count in by_owner for more in range(count)} == set(skipped)
    assert all(row.until in {None, row.scheduled_time + (row.missed_count - 1) * DAY} for row in rows)


async def test_one_that_fell_due_in_a_pause_before_its_own_time_runs_then_if_its_owner_says_so(
    alice: User, clock: FakeClock, tick: Tick
) -> None:
    await alice.connect("X")
    queue = await due_queue(alice, name := clock.now + DAY, {"x": "Hello"})
    await alice.do(MOVE_OCCURRENCE, queueId=queue["id"], scheduledTime=name, to=name - HOUR)
    await alice.do(PAUSE_QUEUE, id=queue["id"])
    clock.now = name - HOUR / 2
    await alice.do(RESUME_QUEUE, id=queue["id"], nextScheduledTime=name)
    assert await foreseen(alice, queue) != []
    clock.now = name
    assert (await tick()).executed == 1
    assert await ledger(alice, queue) == [("EXECUTED", None)]
