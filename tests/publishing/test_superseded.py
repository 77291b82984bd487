"""Of one queue's clones that wait for one account, the latest goes out, and the others are superseded."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from support.api import RETRY_PUBLICATION, RUN_QUEUE_NOW, User
from support.clock import FakeClock
from support.publishing import account, arrived
from support.rows import set_publication
from support.ticks import Rotation, Tick

from perennial.core.states import Platform, PublicationStatus
from perennial.db.models import Post, Publication, RecurringQueue
from perennial.db.transactions import transaction
from perennial.process import Process
from perennial.publishing import claims, publication_rows


async def clones(queue: Any) -> list[Publication]:
    """The publications on X of the queue's clones, oldest first."""
    posts = await Post.filter(created_by_queue_id=queue["id"]).order_by("id")
    return [await Publication.get(post_id=post.id, platform="x") for post in posts]


@pytest.fixture
async def daily(alice: User, clock: FakeClock) -> Any:
    """Alice's queue on X: every day, from an hour hence."""
    post = await alice.create_post(x="Again")
    return await alice.create_queue(post["id"], clock.now + timedelta(hours=1), interval=1)


async def four_waiting(alice: User, clock: FakeClock, queue: Any, tick: Tick) -> None:
    """Four occurrences of the queue have run, and nobody has published."""
    await alice.connect("X")
    for _ in range(4):
        await RecurringQueue.filter(id=queue["id"]).update(next_scheduled_time=clock.advance(hours=1))
        await tick()


async def test_of_a_queues_waiting_clones_the_latest_goes_out(
    alice: User, clock: FakeClock, daily: Any, tick: Tick, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await four_waiting(alice, clock, daily, tick)
    await process.publisher.publish_due()
    kept = await clones(daily)
    assert [(one.status.value, one.error_code) for one in kept] == [
        *[("failed", "SUPERSEDED")] * 3,
        ("published", None),
    ]
    assert await arrived(sandbox) == ["Again"]
    assert (await account(alice)).next_due is None


async def test_clones_of_different_queues_supersede_nothing(
    alice: User, clock: FakeClock, tick: Tick, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    for text in ("One", "Two"):
        post = await alice.create_post(x=text)
        await alice.create_queue(post["id"], clock.now + timedelta(hours=1))
    clock.advance(hours=1)
    await tick()
    await process.publisher.publish_due()
    assert sorted(await arrived(sandbox)) == ["One", "Two"]


async def test_an_extra_run_neither_supersedes_nor_is_superseded(
    alice: User, clock: FakeClock, tick: Tick, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    rotation = await Rotation.start(alice, clock, tick, "ABCD")
    clock.advance(minutes=30)
    await tick()
    for key in ("once", "twice"):
        clock.advance(minutes=1)
        await alice.execute(RUN_QUEUE_NOW, id=rotation.queue["id"], idempotencyKey=key)
    await rotation.run()
    assert await rotation.ran() == "ABCD"
    await process.publisher.publish_due()
    assert [one.error_code for one in await clones(rotation.queue)] == ["SUPERSEDED", None, None, None]
    assert sorted(await arrived(sandbox)) == ["B", "C", "D"]


async def test_one_that_is_not_due_yet_supersedes_nothing(
    alice: User, clock: FakeClock, daily: Any, tick: Tick, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await four_waiting(alice, clock, daily, tick)
    *_, latest = await clones(daily)
    await alice.schedule_post(str(latest.post_id), clock.now + timedelta(minutes=1))
    await process.publisher.publish_due()
    states = [one.status.value for one in await clones(daily)]
    assert states == ["failed", "failed", "published", "scheduled"]


@pytest.mark.parametrize("tried", [0, 3])
async def test_one_that_was_tried_and_waits_for_its_next_attempt_waits_as_the_others_do(
    alice: User, clock: FakeClock, daily: Any, tick: Tick, process: Process, sandbox: httpx2.AsyncClient, tried: int
) -> None:
    """The oldest gives way to the latest, and the others to the latest, whichever is to be tried again later."""
    await four_waiting(alice, clock, daily, tick)
    one = (await clones(daily))[tried]
    await Publication.filter(id=one.id).update(next_attempt_time=clock.now + timedelta(minutes=1), attempts=1)
    await process.publisher.publish_due()
    clock.advance(minutes=1)
    await process.publisher.publish_due()
    states = [(one.status.value, one.error_code) for one in await clones(daily)]
    assert states == [*[("failed", "SUPERSEDED")] * 3, ("published", None)]
    assert await arrived(sandbox) == ["Again"]


async def test_a_clone_waits_until_it_can_supersede_an_older_one_that_is_being_changed(
    alice: User, clock: FakeClock, daily: Any, tick: Tick, process: Process, sandbox: httpx2.AsyncClient, database: str
) -> None:
    if database == "sqlite":
        return  # nobody changes anything beside a transaction there
    await four_waiting(alice, clock, daily, tick)
    first, *_ = await clones(daily)
    await Publication.filter(id=first.id).update(next_attempt_time=clock.now + timedelta(minutes=1))
    locked, done = asyncio.Event(), asyncio.Event()

    async def change() -> None:
        async with transaction():
            await publication_rows.lock_posts([first.post_id])
            locked.set()
            await done.wait()

    changing = asyncio.create_task(change())
    await locked.wait()
    batch = await claims.claim(Platform.X, 10, process.publisher.limits, clock.now, timedelta())
    done.set()
    await changing
    assert batch.claimed == []
    await process.publisher.publish_due()
    assert [one.status.value for one in await clones(daily)] == [*["failed"] * 3, "published"]


async def test_what_a_person_retries_gives_way_to_nothing(
    alice: User, clock: FakeClock, daily: Any, tick: Tick, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await four_waiting(alice, clock, daily, tick)
    first, *_ = await clones(daily)
    await set_publication({"id": first.post_id}, PublicationStatus.FAILED, next_attempt_time=None)
    await alice.do(RETRY_PUBLICATION, id=str(first.id))
    await process.publisher.publish_due()
    codes = [one.error_code for one in await clones(daily)]
    assert codes == [None, "SUPERSEDED", "SUPERSEDED", "DUPLICATE_CONTENT"], "X takes no text twice"
    assert len(await arrived(sandbox)) == 2


async def test_an_owner_may_move_an_older_clone_behind_the_latest(
    alice: User, clock: FakeClock, daily: Any, tick: Tick, process: Process
) -> None:
    """What counts is the time for which it is scheduled, not when it was made."""
    await four_waiting(alice, clock, daily, tick)
    first, *_ = await clones(daily)
    await alice.schedule_post(str(first.post_id), clock.now + timedelta(minutes=5))
    clock.advance(minutes=5)
    await process.publisher.publish_due()
    states = [one.status.value for one in await clones(daily)]
    assert states == ["published", "failed", "failed", "failed"]
