"""Idempotency keys that are too old to count are removed, the oldest first, so many at a time."""

import asyncio
from datetime import datetime, timedelta

import pytest
from support.api import CREATE_POST, User
from support.clock import FakeClock
from support.races import Pause, meanwhile

from perennial.core.ids import new_id
from perennial.db.models import IdempotencyKey
from perennial.db.transactions import transaction
from perennial.idempotency import keys, pruning
from perennial.idempotency.keys import KEY_LIFETIME
from perennial.idempotency.pruning import remove_old_keys
from perennial.posts import posts
from perennial.process import Process

WAIT_SECONDS = 10.0  # for what must not wait for a lock


async def keep(*times: datetime) -> None:
    """A key for each of the times, named by its place."""
    columns = {"clerk_user_id": "alice", "fingerprint": "0" * 64}
    await IdempotencyKey.bulk_create(
        IdempotencyKey(key=str(place), result_id=new_id(), created_at=time, **columns)
        for place, time in enumerate(times)
    )


async def kept() -> list[str]:
    return [str(key) for key in await IdempotencyKey.all().order_by("key").values_list("key", flat=True)]


async def test_what_does_not_count_any_more_is_removed_and_nothing_else(process: Process, clock: FakeClock) -> None:
    moment = timedelta(milliseconds=1)
    await keep(
        clock.now, clock.now - KEY_LIFETIME + moment, clock.now - KEY_LIFETIME, clock.now - KEY_LIFETIME - moment
    )
    assert await remove_old_keys(clock.now) == 2
    assert await kept() == ["0", "1"]
    assert await remove_old_keys(clock.now) == 0


async def test_of_very_many_the_oldest_go_first_and_the_rest_the_next_time(
    process: Process, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "BATCH_SIZE", 2)
    monkeypatch.setattr(pruning, "BATCHES_MAX", 2)
    await keep(*(clock.now - KEY_LIFETIME - timedelta(minutes=minutes) for minutes in range(5)))
    assert await remove_old_keys(clock.now) == 4
    assert await kept() == ["0"]
    assert await remove_old_keys(clock.now) == 1


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
async def test_a_key_that_is_just_being_used_anew_is_passed_over_and_waited_for_by_nobody(
    alice: User, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"publications": [{"platform": "X", "content": "Hello"}], "idempotencyKey": "one"}
    await alice.do(CREATE_POST, input=given)
    clock.advance(hours=24)
    pause = Pause(keys.reserve_key)
    monkeypatch.setattr(posts, "reserve_key", pause)
    again = asyncio.create_task(alice.do(CREATE_POST, input=given))
    await pause.reached.wait()
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            assert await remove_old_keys(clock.now) == 0
    finally:
        pause.go_on.set()
    assert await alice.do(CREATE_POST, input=given) == await again


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
async def test_who_uses_a_key_anew_that_is_just_being_removed_waits_for_that(
    alice: User, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"publications": [{"platform": "X", "content": "Hello"}], "idempotencyKey": "one"}
    first = await alice.do(CREATE_POST, input=given)
    clock.advance(hours=24)
    pause = Pause(pruning.run_sql)
    monkeypatch.setattr(pruning, "run_sql", pause)
    second = await meanwhile(pause, removal(clock.now), alice.do(CREATE_POST, input=given))
    assert second["id"] != first["id"]
    assert await alice.do(CREATE_POST, input=given) == second


async def removal(now: datetime) -> None:
    async with transaction():
        await remove_old_keys(now)
