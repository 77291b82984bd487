"""Queues that pause by themselves: after failures in a row, and after a duplicate."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest
import structlog
from support.api import DELETE_POST, DISCONNECT_ACCOUNT, PAUSE_QUEUE, RESUME_QUEUE, User
from support.clock import FakeClock
from support.rows import set_publication, set_queue
from support.ticks import HOUR, Tick, clones, due_queue, ledger

from perennial.core.instants import instant
from perennial.core.states import OnDuplicate, PublicationStatus
from perennial.process import Process
from perennial.queues import stopping
from perennial.queues.tick import _due_queues

DAY = timedelta(days=1)
FAILED, PUBLISHED = PublicationStatus.FAILED, PublicationStatus.PUBLISHED


async def runs(alice: User, clock: FakeClock, tick: Tick, queue: Any, *codes: str | None) -> None:
    """A day's occurrence runs for each code, by which its publications fail; None: they are published."""
    for code in codes:
        clock.advance(days=1)
        await tick()
        (clone, *_) = await clones(alice, queue)
        await set_publication(clone, FAILED if code else PUBLISHED, error_code=code)


@pytest.fixture
async def daily(alice: User, clock: FakeClock) -> Any:
    """Alice's queue of both platforms, which runs every day at this hour."""
    await alice.connect("X", "LINKEDIN")
    return await due_queue(alice, clock.now + DAY, interval=1)


async def test_the_occurrence_after_three_failures_does_not_run_and_the_queue_is_paused(
    alice: User, clock: FakeClock, tick: Tick, daily: Any
) -> None:
    await runs(alice, clock, tick, daily, None, "REFUSED", "RECONNECT_REQUIRED", "TEXT_TOO_LONG")
    assert (await alice.queue(daily["id"]))["status"] == "ACTIVE"
    now = clock.advance(days=1)
    with structlog.testing.capture_logs() as log:
        assert (await tick()).skipped == 1
    (line,) = [one for one in log if one["event"] == "queue.paused"]
    assert (line["log_level"], line["queue"], line["owner"]) == ("warning", daily["id"], "alice")
    queue = await alice.queue(daily["id"])
    assert (queue["status"], queue["statusReason"]) == ("PAUSED", "REPEATED_FAILURES")
    assert queue["nextScheduledTime"] == instant(now + DAY)
    assert (await ledger(alice, daily))[0] == ("SKIPPED", "REPEATED_FAILURES")
    assert queue["executions"]["nodes"][0]["scheduledTime"] == instant(now)
    clock.advance(days=2)
    assert (await tick()).due == 0


async def test_after_it_is_resumed_failures_are_counted_anew(
    alice: User, clock: FakeClock, tick: Tick, daily: Any
) -> None:
    await runs(alice, clock, tick, daily, *["REFUSED"] * 3)
    clock.advance(days=1)
    await tick()
    await alice.do(RESUME_QUEUE, id=daily["id"])
    await runs(alice, clock, tick, daily, *["REFUSED"] * 3)
    assert len(await clones(alice, daily)) == 6
    clock.advance(days=1)
    await tick()
    assert (await alice.queue(daily["id"]))["statusReason"] == "REPEATED_FAILURES"


async def test_a_pause_of_its_owners_makes_them_count_anew_too(
    alice: User, clock: FakeClock, tick: Tick, daily: Any
) -> None:
    await runs(alice, clock, tick, daily, *["REFUSED"] * 3)
    await alice.do(PAUSE_QUEUE, id=daily["id"])
    await alice.do(RESUME_QUEUE, id=daily["id"])
    clock.advance(days=1)
    assert (await tick()).executed == 1


@pytest.mark.parametrize(
    "codes",
    [
        ["REFUSED", None, "REFUSED", "REFUSED"],
        ["REFUSED", "REFUSED", "EXPIRED"],
        ["SUPERSEDED", "REFUSED", "REFUSED"],
        ["REFUSED", "REFUSED"],
    ],
)
async def test_what_was_published_between_and_what_was_not_sent_is_no_failure(
    alice: User, clock: FakeClock, tick: Tick, daily: Any, codes: list[str | None]
) -> None:
    await runs(alice, clock, tick, daily, *codes)
    clock.advance(days=1)
    assert (await tick()).executed == 1


async def test_one_platform_that_takes_it_is_enough(alice: User, clock: FakeClock, tick: Tick, daily: Any) -> None:
    await runs(alice, clock, tick, daily, *["REFUSED"] * 3)
    (newest, *_) = await clones(alice, daily)
    await set_publication(newest, PUBLISHED, "X", error_code=None)
    clock.advance(days=1)
    assert (await tick()).executed == 1


async def test_a_clone_that_is_gone_has_not_failed(alice: User, clock: FakeClock, tick: Tick, daily: Any) -> None:
    await runs(alice, clock, tick, daily, *["REFUSED"] * 3)
    (_, middle, _) = await clones(alice, daily)
    await alice.do(DELETE_POST, id=middle["id"])
    clock.advance(days=1)
    assert (await tick()).executed == 1


async def test_skipped_occurrences_between_do_not_count(alice: User, clock: FakeClock, tick: Tick, daily: Any) -> None:
    await runs(alice, clock, tick, daily, "REFUSED", "REFUSED")
    await set_queue(daily, excluded_dates=(clock.now + DAY).date().isoformat())
    clock.advance(days=1)
    assert (await tick()).skipped == 1
    await runs(alice, clock, tick, daily, "REFUSED")
    clock.advance(days=1)
    await tick()
    assert (await alice.queue(daily["id"]))["status"] == "PAUSED"


async def test_no_number_of_failures_pauses_it_where_that_is_set_to_0(
    alice: User, process: Process, clock: FakeClock, tick: Tick, daily: Any
) -> None:
    process.ticker.pause_after_failures = 0
    await runs(alice, clock, tick, daily, *["REFUSED"] * 5)
    assert len(await clones(alice, daily)) == 5


async def test_only_queues_that_will_execute_are_asked_what_became_of_their_runs(
    alice: User, clock: FakeClock, tick: Tick, daily: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others may have skipped rows without number, which the question would walk over at each tick."""
    await runs(alice, clock, tick, daily, *["REFUSED"] * 3)
    asked: list[Any] = []
    find = _due_queues.find_reasons_to_stop

    async def finds(queues: Any, failures: int) -> Any:
        asked.append([str(one.id) for one in queues])
        return await find(queues, failures)

    monkeypatch.setattr(_due_queues, "find_reasons_to_stop", finds)
    last, now = clock.now, clock.advance(days=1)
    await set_queue(daily, next_scheduled_time=last)
    clock.now = last
    assert (await tick()).due == 1
    clock.now = now
    for account in await alice.connect("X", "LINKEDIN"):
        await alice.do(DISCONNECT_ACCOUNT, id=account["id"])
    assert (await tick()).skipped == 1
    assert await ledger(alice, daily) == [("SKIPPED", "ACCOUNT_MISSING"), *[("EXECUTED", None)] * 3]
    assert asked == [[], []]
    await alice.connect("X")
    clock.advance(days=1)
    assert (await tick()).skipped == 1
    assert asked == [[], [], [daily["id"]]]
    assert (await alice.queue(daily["id"]))["statusReason"] == "REPEATED_FAILURES"


async def test_a_queue_that_ends_with_that_occurrence_is_completed(
    alice: User, clock: FakeClock, tick: Tick, daily: Any
) -> None:
    await runs(alice, clock, tick, daily, *["REFUSED"] * 3)
    now = clock.advance(days=1)
    await set_queue(daily, ends_at=now + HOUR)
    await tick()
    queue = await alice.queue(daily["id"])
    assert (queue["status"], queue["statusReason"]) == ("COMPLETED", "ENDED")
    assert (await ledger(alice, daily))[0] == ("SKIPPED", "REPEATED_FAILURES")


@pytest.mark.parametrize("on_duplicate", OnDuplicate)
async def test_a_duplicate_pauses_the_queue_as_soon_as_it_is_recorded_if_its_owner_wants_that(
    alice: User, process: Process, sandbox: httpx2.AsyncClient, clock: FakeClock, tick: Tick, on_duplicate: OnDuplicate
) -> None:
    queue = await a_queue_that_was_refused(alice, process, clock, tick, on_duplicate)
    shown = await alice.queue(queue["id"])
    expected = ("PAUSED", "DUPLICATE_CONTENT") if on_duplicate == OnDuplicate.PAUSE else ("ACTIVE", None)
    assert (shown["status"], shown["statusReason"]) == expected
    assert shown["nextScheduledTime"] == instant(clock.now + DAY)
    (clone,) = await clones(alice, queue)
    assert clone["publications"][0]["errorCode"] == "DUPLICATE_CONTENT"


async def test_a_duplicate_pauses_it_before_it_runs_again_if_nobody_came_to_it(
    alice: User, process: Process, sandbox: httpx2.AsyncClient, clock: FakeClock, tick: Tick
) -> None:
    async def dies(_posts: Any) -> None:
        """The process has died in between."""

    process.publisher.on_duplicates = dies
    queue = await a_queue_that_was_refused(alice, process, clock, tick, OnDuplicate.PAUSE)
    assert (await alice.queue(queue["id"]))["status"] == "ACTIVE"
    clock.advance(days=1)
    assert (await tick()).skipped == 1
    shown = await alice.queue(queue["id"])
    assert (shown["status"], shown["statusReason"]) == ("PAUSED", "DUPLICATE_CONTENT")
    await alice.do(RESUME_QUEUE, id=queue["id"])
    clock.advance(days=1)
    assert (await tick()).executed == 1


async def test_a_duplicate_of_before_it_was_resumed_does_not_pause_it_again(
    alice: User, process: Process, clock: FakeClock, tick: Tick
) -> None:
    queue = await a_queue_that_was_refused(alice, process, clock, tick, OnDuplicate.PAUSE)
    clock.advance(seconds=1)
    await alice.do(RESUME_QUEUE, id=queue["id"])
    (clone,) = await clones(alice, queue)
    await stopping.pause_after_duplicates([clone["id"]])
    assert (await alice.queue(queue["id"]))["status"] == "ACTIVE"


async def a_queue_that_was_refused(
    alice: User, process: Process, clock: FakeClock, tick: Tick, on_duplicate: OnDuplicate
) -> Any:
    """A daily queue of a text that X has just published, once it has run."""
    await alice.connect("X")
    post = await alice.create_post(x="Hello")
    await alice.schedule_post(post["id"], clock.now + HOUR)
    queue = await due_queue(alice, clock.now + HOUR, {"x": "Hello"}, interval=1)
    await set_queue(queue, on_duplicate=on_duplicate)
    clock.advance(hours=1)
    await process.publisher.publish_due()
    await tick()
    await process.publisher.publish_due()
    return queue
