"""A due queue's post is cloned and scheduled (criteria 3 and 4 of the founding story, and its Task 10)."""

from datetime import timedelta

from support.api import User
from support.clock import FakeClock
from support.ticks import HOUR, clones, due_queue

from perennial.core.instants import instant
from perennial.process import Process


async def test_a_due_queues_post_is_cloned_and_the_clone_points_at_both(
    alice: User, process: Process, clock: FakeClock
) -> None:
    await alice.connect("X", "LINKEDIN")
    queue = await due_queue(alice, clock.now + HOUR, {"x": "Hello", "linkedin": "Hello there"})
    clock.advance(hours=1)
    await process.ticker.process_due_queues()
    (clone,) = await clones(alice, queue)
    assert clone["id"] != queue["originalPostId"]
    assert (clone["clonedFromId"], clone["createdByQueueId"]) == (queue["originalPostId"], queue["id"])
    assert clone["clerkUserId"] == "alice"
    texts = {row["platform"]: row["content"] for row in clone["publications"]}
    assert texts == {"X": "Hello", "LINKEDIN": "Hello there"}


async def test_the_clone_is_scheduled_with_the_ids_of_its_alarms(
    alice: User, process: Process, clock: FakeClock
) -> None:
    await alice.connect("X", "LINKEDIN")
    queue = await due_queue(alice, clock.now + HOUR)
    due = clock.advance(hours=1)
    await process.ticker.process_due_queues()
    (clone,) = await clones(alice, queue)
    assert clone["status"] == "SCHEDULED"
    for row in clone["publications"]:
        assert (row["status"], row["scheduledTime"]) == ("SCHEDULED", instant(due))
        assert row["schedulerId"] == f"publish:{instant(due)}"
        assert row["attempts"] == 0


async def test_the_original_is_left_as_it_was(alice: User, process: Process, clock: FakeClock) -> None:
    await alice.connect("X", "LINKEDIN")
    post = await alice.create_post(x="Hello", linkedin="Hello there")
    scheduled = await alice.schedule_post(post["id"], clock.now + timedelta(days=3))
    await alice.create_queue(post["id"], clock.now + HOUR)
    clock.advance(hours=1)
    await process.ticker.process_due_queues()
    assert await alice.post(post["id"]) == scheduled


async def test_linkedin_90_minutes_after_x_stays_90_minutes_after_x(
    alice: User, process: Process, clock: FakeClock
) -> None:
    await alice.connect("X", "LINKEDIN")
    post = await alice.create_post(x="Hello", linkedin="Hello there")
    first = clock.now + timedelta(days=2)
    await alice.schedule_post(post["id"], first, linkedin=first + timedelta(minutes=90))
    queue = await alice.create_queue(post["id"], clock.now + HOUR)
    due = clock.advance(hours=1)
    await process.ticker.process_due_queues()
    (clone,) = await clones(alice, queue)
    times = {row["platform"]: row["scheduledTime"] for row in clone["publications"]}
    assert times == {"X": instant(due), "LINKEDIN": instant(due + timedelta(minutes=90))}


async def test_linkedin_keeps_its_hour_where_x_has_no_account(alice: User, process: Process, clock: FakeClock) -> None:
    await alice.connect("LINKEDIN")
    post = await alice.create_post(x="Hello", linkedin="Hello there")
    first = clock.now + timedelta(days=2)
    await alice.schedule_post(post["id"], first, linkedin=first + timedelta(minutes=90))
    queue = await alice.create_queue(post["id"], clock.now + HOUR)
    due = clock.advance(hours=1)
    await process.ticker.process_due_queues()
    (clone,) = await clones(alice, queue)
    (only,) = clone["publications"]
    assert (only["platform"], only["scheduledTime"]) == ("LINKEDIN", instant(due + timedelta(minutes=90)))


async def test_an_occurrence_that_is_merely_late_keeps_its_time(
    alice: User, process: Process, clock: FakeClock
) -> None:
    await alice.connect("X", "LINKEDIN")
    due = clock.now + HOUR
    queue = await due_queue(alice, due)
    clock.advance(hours=1, minutes=1)
    await process.ticker.process_due_queues()
    (clone,) = await clones(alice, queue)
    assert {row["scheduledTime"] for row in clone["publications"]} == {instant(due)}


async def test_an_occurrence_of_more_than_a_cron_period_ago_goes_out_now(
    alice: User, process: Process, clock: FakeClock
) -> None:
    await alice.connect("X", "LINKEDIN")
    queue = await due_queue(alice, clock.now + HOUR)
    now = clock.advance(hours=1, minutes=1, milliseconds=1)
    await process.ticker.process_due_queues()
    (clone,) = await clones(alice, queue)
    assert {row["scheduledTime"] for row in clone["publications"]} == {instant(now)}


async def test_two_queues_of_one_post_make_a_clone_each(alice: User, process: Process, clock: FakeClock) -> None:
    await alice.connect("X", "LINKEDIN")
    post = await alice.create_post(x="Hello")
    queues = [await alice.create_queue(post["id"], clock.now + HOUR) for _ in range(2)]
    clock.advance(hours=1)
    await process.ticker.process_due_queues()
    assert [len(await clones(alice, queue)) for queue in queues] == [1, 1]


async def test_a_tick_serves_every_owner_with_their_own_accounts(
    alice: User, bob: User, process: Process, clock: FakeClock
) -> None:
    await alice.connect("X", "LINKEDIN")
    hers, his = await due_queue(alice, clock.now + HOUR), await due_queue(bob, clock.now + HOUR)
    clock.advance(hours=1)
    summary = await process.ticker.process_due_queues()
    assert (summary.due, summary.executed, summary.skipped) == (2, 1, 1)
    assert [post["clerkUserId"] for post in await clones(alice, hers)] == ["alice"]
    assert await clones(bob, his) == []
