"""An owner may have so many posts and queues: of those who come to the last place at the same moment one gets it."""

import asyncio
from typing import Any

import pytest
from support.api import CLONE_POST, CREATE_POST, DELETE_POST, DELETE_QUEUE, User
from support.clock import FakeClock
from support.keys import request
from support.races import Pause, meanwhile
from support.stores.catalogs import Postgres, read_postgres
from support.ticks import HOUR, clones

from perennial.core.errors import QuotaExceeded
from perennial.db.models import IdempotencyKey, Post, RecurringQueue
from perennial.posts import posts, quotas
from perennial.process import Process
from perennial.queues import queues

TEXTS = {"publications": [{"platform": "X", "content": "Hello"}]}
on_postgres = pytest.mark.parametrize("database", ["postgres"], indirect=True)


@pytest.fixture
def settings(settings: Any) -> Any:
    """Three posts and two queues."""
    return settings.model_copy(update={"posts_max": 3, "queues_max": 2})


async def test_a_post_too_many_is_refused_and_says_how_many_there_may_be(alice: User, bob: User) -> None:
    for number in range(3):
        await alice.create_post(x=f"Number {number}")
    (error,) = (await alice.execute(CREATE_POST, input=TEXTS))["errors"]
    assert error["extensions"] == {"code": "QUOTA_EXCEEDED", "limit": "posts", "max": 3}
    assert error["message"] == "You have 3 posts, which is the maximum; delete some first."
    assert await Post.all().count() == 3
    await bob.create_post(x="Mine is another quota")


async def test_a_copy_is_a_post_and_a_deleted_one_makes_room(alice: User) -> None:
    first, *_ = [await alice.create_post(x=f"Number {number}") for number in range(3)]
    assert (await alice.refused(CLONE_POST, id=first["id"])).code == "QUOTA_EXCEEDED"
    await alice.do(DELETE_POST, id=first["id"])
    again = await alice.create_post(x="In its place")
    assert (await alice.refused(CLONE_POST, id=again["id"])).code == "QUOTA_EXCEEDED"


async def test_a_queue_too_many_is_refused_until_one_is_deleted_whatever_its_state(
    alice: User, clock: FakeClock, process: Process
) -> None:
    await alice.connect("X")
    post = await alice.create_post(x="Hello")
    first = await alice.create_queue(post["id"], clock.now + HOUR, maxExecutions=1)
    await alice.create_queue(post["id"], clock.now + 9 * HOUR)
    clock.advance(hours=1)
    await process.ticker.process_due_queues()
    assert (await alice.queue(first["id"]))["status"] == "COMPLETED"
    again = request("createQueue", post["id"], clock.now)
    (error,) = (await alice.execute(again.query, **again.variables(None)))["errors"]
    assert error["extensions"] == {"code": "QUOTA_EXCEEDED", "limit": "queues", "max": 2}
    await alice.do(DELETE_QUEUE, id=first["id"])
    await alice.do(again.query, **again.variables(None))


async def test_the_clones_of_a_queue_do_not_count_and_are_never_stopped(
    alice: User, clock: FakeClock, process: Process
) -> None:
    await alice.connect("X")
    posts = [await alice.create_post(x=f"Number {number}") for number in range(3)]
    queue = await alice.create_queue(posts[0]["id"], clock.now + HOUR, interval=1)
    for _ in range(5):
        clock.advance(days=1)
        await process.ticker.process_due_queues()
    assert len(await clones(alice, queue)) == 5
    await alice.do(DELETE_POST, id=posts[1]["id"])
    await alice.create_post(x="There is room")


async def test_what_was_made_with_a_key_is_answered_again_when_there_is_no_room(alice: User) -> None:
    given = TEXTS | {"idempotencyKey": "one"}
    made = await alice.do(CREATE_POST, input=given)
    for number in range(2):
        await alice.create_post(x=f"Number {number}")
    assert await alice.do(CREATE_POST, input=given) == made
    assert (await alice.refused(CREATE_POST, input=given | {"idempotencyKey": "two"})).code == "QUOTA_EXCEEDED"
    assert await IdempotencyKey.all().count() == 1, "what was refused leaves no key"


@pytest.mark.parametrize(("name", "left", "model"), [("createPost", 2, Post), ("createQueue", 2, RecurringQueue)])
async def test_of_many_who_come_at_once_as_many_get_in_as_there_is_room_for(
    alice: User, clock: FakeClock, name: str, left: int, model: Any
) -> None:
    post = await alice.create_post(x="Hello")
    ask = request(name, post["id"], clock.now)
    answers = await asyncio.gather(*(alice.execute(ask.query, **ask.variables(None)) for _ in range(12)))
    errors = [one["errors"][0]["extensions"]["code"] for one in answers if "errors" in one]
    assert errors == ["QUOTA_EXCEEDED"] * (12 - left)
    assert await model.all().count() == (1 if model is Post else 0) + left


@on_postgres
@pytest.mark.parametrize(("name", "module"), [("createPost", posts), ("createQueue", queues)])
async def test_who_comes_while_another_takes_the_last_place_waits_and_is_refused(
    alice: User, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, name: str, module: Any
) -> None:
    """The first has counted, and has not inserted its row yet."""
    post = await alice.create_post(x="Hello")
    ask = request(name, post["id"], clock.now)
    if name == "createPost":
        await alice.create_post(x="Hello")
    else:
        await alice.do(ask.query, **ask.variables(None))
    pause = Pause(quotas.run_sql)
    monkeypatch.setattr(quotas, "run_sql", pause)
    first = alice.do(ask.query, **ask.variables(None))
    refusal = await meanwhile(pause, first, alice.refused(ask.query, **ask.variables(None)))
    assert refusal.code == "QUOTA_EXCEEDED"


async def test_without_limits_nothing_is_counted(
    alice: User, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "run_sql", None)
    for quota in (quotas.of_posts(0), quotas.of_queues(0)):
        await quota.check(alice.name)


FILL = (
    """
    INSERT INTO posts (id, clerk_user_id, status, created_at, updated_at, created_by_queue_id)
    SELECT gen_random_uuid(), 'alice', 'published', now(), now(), CASE WHEN n > 500 THEN gen_random_uuid() END
    FROM generate_series(1, 20000) AS n
    """,
    """
    INSERT INTO recurring_queues (id, clerk_user_id, status, interval, cadence, next_scheduled_time, execution_count,
        created_at, updated_at)
    SELECT gen_random_uuid(), 'alice', 'active', 7, 'fixed', now(), 0, now(), now() FROM generate_series(1, 20000)
    """,
)


@pytest.mark.parametrize("analyzed", [True, False])
@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize(
    ("quota", "index"),
    [(quotas.of_posts(100), "posts_of_owner"), (quotas.of_queues(100), "by_user")],
    ids=["posts", "queues"],
)
async def test_to_count_reads_one_index_which_has_no_clones_and_ends_at_the_maximum(
    migrated_postgres: Postgres, quota: quotas.Quota, index: str, mode: str, analyzed: bool
) -> None:
    rows = await read_postgres(
        migrated_postgres.url,
        *FILL,
        *(("VACUUM ANALYZE posts", "VACUUM ANALYZE recurring_queues") if analyzed else ()),
        f"SET plan_cache_mode = {mode}",
        f"PREPARE look AS {quota.statement}",
        "EXPLAIN (ANALYZE, TIMING off) EXECUTE look ('alice')",
    )
    plan = "\n".join(line for (line,) in rows)
    assert f"Scan using {index}" in plan, plan
    assert "rows=100 " in plan, plan
    assert "Filter" not in plan, plan


def test_the_sentence_is_right_for_a_maximum_of_one() -> None:
    assert str(QuotaExceeded("queues", 1)) == "You have 1 queue, which is the maximum; delete it first."
    assert str(QuotaExceeded("queues", 2)) == "You have 2 queues, which is the maximum; delete some first."
