"""Others work while old rows are deleted: nobody waits for long, and nothing that is needed goes."""

import asyncio
from typing import Any

import pytest
from support.api import CREATE_QUEUE, User
from support.clock import FakeClock
from support.keeping.old_clones import KEEP, clone_of, pruner
from support.races import Faster, Pause, meanwhile

from perennial.core.instants import instant
from perennial.db.models import Post, RecurringQueue
from perennial.db.transactions import transaction
from perennial.keeping import _old_clones
from perennial.posts.posts import lock_post
from perennial.process import Process

WAIT_SECONDS = 10.0  # for what must not wait for a lock
on_postgres = pytest.mark.parametrize("database", ["postgres"], indirect=True)


@pytest.fixture
async def old_clone(alice: User, clock: FakeClock, process: Process) -> Any:
    """A clone of a queue of Alice's that is old enough to go."""
    await alice.connect("X", "LINKEDIN")
    clone = await clone_of(alice, clock, process)
    clock.now += KEEP
    return clone


def repeating(post: Any, clock: FakeClock) -> dict[str, Any]:
    """The input of a queue that repeats the post."""
    return {"originalPostId": post["id"], "interval": 7, "nextScheduledTime": instant(clock.now + KEEP)}


@on_postgres
async def test_a_clone_that_somebody_has_locked_is_passed_over_and_goes_the_next_time(
    alice: User, clock: FakeClock, old_clone: Any
) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        async with transaction():
            await lock_post(alice.name, Post(id=old_clone["id"]).id)
            done = await asyncio.create_task(_in_another_transaction())
        assert done == 0
        assert (await pruner().prune()).clones == 1


async def _in_another_transaction() -> int:
    from contextvars import Context

    return (await asyncio.create_task(pruner().prune(), context=Context())).clones


async def test_a_queue_that_was_made_of_it_just_before_it_was_locked_keeps_it(
    alice: User, clock: FakeClock, old_clone: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks for old clones has read by then that no queue repeats it."""

    async def another() -> None:
        await alice.do(CREATE_QUEUE, input=repeating(old_clone, clock))

    monkeypatch.setattr(_old_clones, "run_sql", Faster(_old_clones.run_sql, another))
    assert (await pruner().prune()).clones == 0
    assert await RecurringQueue.filter(original_post_id=old_clone["id"]).count() == 1


@on_postgres
async def test_who_wants_to_repeat_one_that_is_just_being_deleted_waits_and_does_not_find_it(
    alice: User, clock: FakeClock, old_clone: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pause = Deciding(_old_clones.run_sql)
    monkeypatch.setattr(_old_clones, "run_sql", pause)
    refusal = await meanwhile(pause, pruner().prune(), alice.refused(CREATE_QUEUE, input=repeating(old_clone, clock)))
    assert refusal.code == "NOT_FOUND"


class Deciding(Pause):
    """Stops whoever has read which of the posts may go, before they are deleted."""

    async def __call__(self, *args: Any) -> Any:
        return await (super().__call__(*args) if "NOT EXISTS" in args[0] else self.function(*args))


async def test_a_clone_that_takes_turns_in_a_queue_is_kept_although_another_post_is_next(
    alice: User, clock: FakeClock, old_clone: Any
) -> None:
    post = await alice.create_post(x="Hello")
    given = repeating(old_clone, clock) | {"originalPostId": None, "postIds": [post["id"], old_clone["id"]]}
    await alice.do(CREATE_QUEUE, input=given)
    assert (await pruner().prune()).clones == 0
    assert await alice.post(old_clone["id"])
