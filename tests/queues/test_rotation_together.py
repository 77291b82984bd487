"""Ticks, changes of a list and deletions of its posts that come at one moment: each post has its turn, and all end."""

import asyncio
from uuid import UUID

import pytest
from support.api import CREATE_QUEUE, DELETE_POST, UPDATE_QUEUE, User
from support.clock import FakeClock
from support.races import Pause, meanwhile
from support.ticks import HOUR, Rotation, Tick

from perennial.core.instants import instant
from perennial.db.models import QueuePost
from perennial.posts import posts as deleting
from perennial.process import Process
from perennial.queues import queues as owners
from perennial.queues import rotation as rotations
from perennial.queues.tick import _due_queues as work
from perennial.queues.tick.ticker import Ticker
from perennial.settings import CronPeriod

on_postgres = pytest.mark.parametrize("database", ["postgres"], indirect=True)


@pytest.fixture(autouse=True)
async def _connected(alice: User) -> None:
    await alice.connect("X")


async def test_two_ticks_at_once_use_one_turn(alice: User, process: Process, clock: FakeClock, tick: Tick) -> None:
    rotation = await Rotation.start(alice, clock, tick, "ABC")
    tickers = [Ticker(process.alarms, process.events, CronPeriod.MINUTE, asyncio.Event()) for _ in range(4)]
    for _ in range(4):
        clock.advance(days=1)
        await asyncio.gather(*(one.process_due_queues() for one in tickers))
    assert await rotation.ran() == "ABCA"


@on_postgres
@pytest.mark.parametrize(("gone", "then"), [("A", "BCBC"), ("B", "CACA"), ("C", "BABA")])
async def test_a_post_that_is_deleted_during_a_tick_waits_for_it(
    alice: User, clock: FakeClock, tick: Tick, monkeypatch: pytest.MonkeyPatch, gone: str, then: str
) -> None:
    """Be it the one that runs, the next, or a later one."""
    rotation = await Rotation.start(alice, clock, tick, "ABC")
    clock.advance(days=1)
    pause = Pause(work.write_plans)
    monkeypatch.setattr(work, "write_plans", pause)
    await meanwhile(pause, tick(), alice.do(DELETE_POST, id=rotation.ids[gone]))
    assert await rotation.next() == then[0]
    await rotation.run(4)
    assert (await rotation.ran())[1:] == then


@on_postgres
async def test_a_tick_passes_by_a_queue_whose_post_is_being_deleted(
    alice: User, clock: FakeClock, tick: Tick, monkeypatch: pytest.MonkeyPatch
) -> None:
    rotation = await Rotation.start(alice, clock, tick, "ABC")
    clock.advance(days=1)
    pause = Pause(deleting.lock_post)
    monkeypatch.setattr(deleting, "lock_post", pause)
    deletion = asyncio.ensure_future(alice.do(DELETE_POST, id=rotation.ids["A"]))
    await pause.reached.wait()
    await tick()
    pause.go_on.set()
    await deletion
    await tick()
    assert (await rotation.ran(), await rotation.next()) == ("B", "C")


@on_postgres
@pytest.mark.parametrize("mutation", ["create", "update"])
async def test_a_post_that_a_queue_gets_while_it_is_deleted_is_in_no_list(
    alice: User, clock: FakeClock, tick: Tick, monkeypatch: pytest.MonkeyPatch, mutation: str
) -> None:
    """The deletion has looked for the post's queues before there was this one, and looks again."""
    rotation = await Rotation.start(alice, clock, tick, "AB")
    new, old = await rotation.posts("CA")
    given = {"postIds": [new, old], "interval": 1, "nextScheduledTime": instant(clock.now + HOUR)}
    module = owners if mutation == "create" else rotations
    pause = Pause(module.lock_posts)
    monkeypatch.setattr(module, "lock_posts", pause)
    if mutation == "create":
        change = alice.do(CREATE_QUEUE, input=given)
    else:
        change = alice.do(UPDATE_QUEUE, id=rotation.queue["id"], input={"postIds": [new, old]})
    await meanwhile(pause, change, alice.do(DELETE_POST, id=new))
    assert not await QueuePost.filter(post_id=UUID(new)).exists()
    shown = await alice.do("{ queues { nodes { originalPostId posts { id } } } }")
    for queue in shown["nodes"]:
        assert queue["originalPostId"] in {post["id"] for post in queue["posts"]} - {new}
