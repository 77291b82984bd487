"""Two requests with one idempotency key at the same moment: one result, and both answer it."""

import asyncio
from typing import Any

import pytest
from support.api import ACCOUNTS_QUERY, CREATE_POST, User
from support.clock import FakeClock
from support.keys import NAMES, another_input, counts, request
from support.races import Faster, Pause, meanwhile
from tortoise import connections
from tortoise.backends.base.client import TransactionalDBClient

from perennial.accounts import accounts
from perennial.core.states import Platform
from perennial.idempotency import keys
from perennial.posts import posts
from perennial.process import Process
from perennial.queues import queues

EACH = pytest.mark.parametrize("name", NAMES)
MODULES = {"createPost": posts, "clonePost": posts, "createQueue": queues, "connectAccount": accounts}
on_postgres = pytest.mark.parametrize("database", ["postgres"], indirect=True)


@pytest.fixture
async def post(alice: User) -> Any:
    """Alice's post, to be cloned and repeated."""
    return await alice.create_post(x="An original")


@EACH
async def test_who_finds_the_key_free_and_comes_too_late_answers_what_the_other_made(
    alice: User, clock: FakeClock, post: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Both have looked before either writes. Of connectAccount both have asked the platform, too."""
    ask = request(name, post["id"], clock.now)
    before = await counts()
    made: list[Any] = []

    async def another() -> None:
        made.append(await alice.do(ask.query, **ask.variables("one")))

    monkeypatch.setattr(keys, "_find_result", Faster(keys._find_result, another))
    made.append(await alice.do(ask.query, **ask.variables("one")))
    assert made[0] == made[1]
    assert sum(await counts()) - sum(before) == 2, "one result, and one key"


@on_postgres
@EACH
async def test_who_comes_while_the_first_is_writing_waits_and_answers_what_that_makes(
    alice: User, clock: FakeClock, post: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    ask = request(name, post["id"], clock.now)
    before = await counts()
    pause = Pause(keys.reserve_key)
    monkeypatch.setattr(MODULES[name], "reserve_key", pause)
    first = asyncio.ensure_future(alice.do(ask.query, **ask.variables("one")))
    second = await meanwhile(pause, first, alice.do(ask.query, **ask.variables("one")))
    assert second == await first
    assert sum(await counts()) - sum(before) == 2, "one result, and one key"


@on_postgres
@EACH
async def test_who_comes_while_the_first_is_writing_with_another_input_waits_and_is_refused(
    alice: User, clock: FakeClock, post: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    ask = request(name, post["id"], clock.now)
    other = another_input(name, (await alice.create_post(x="Another"))["id"])
    pause = Pause(keys.reserve_key)
    monkeypatch.setattr(MODULES[name], "reserve_key", pause)
    first = alice.do(ask.query, **ask.variables("one"))
    refusal = await meanwhile(pause, first, alice.refused(ask.query, **ask.variables("one", **other)))
    assert refusal.code == "CONFLICT"


class Failure(Pause):
    """Its first caller fails when it may go on."""

    async def __call__(self, *args: Any) -> Any:
        is_first = not self.reached.is_set()
        await super().__call__(*args)
        if is_first:
            raise RuntimeError("on fire")


@on_postgres
@EACH
async def test_who_waits_for_one_that_fails_makes_it(
    alice: User, clock: FakeClock, post: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    ask = request(name, post["id"], clock.now)
    failure = Failure(keys.reserve_key)
    monkeypatch.setattr(MODULES[name], "reserve_key", failure)
    first = asyncio.ensure_future(alice.refused(ask.query, **ask.variables("one")))
    made = await meanwhile(failure, first, alice.do(ask.query, **ask.variables("one")))
    assert (await first).code == "INTERNAL_SERVER_ERROR"
    assert await alice.do(ask.query, **ask.variables("one")) == made


@on_postgres
async def test_two_who_use_an_old_key_anew_at_the_same_moment_make_one(
    alice: User, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"publications": [{"platform": "X", "content": "Hello"}], "idempotencyKey": "one"}
    old = await alice.do(CREATE_POST, input=given)
    clock.advance(hours=24)
    pause = Pause(keys.reserve_key)
    monkeypatch.setattr(posts, "reserve_key", pause)
    first = asyncio.ensure_future(alice.do(CREATE_POST, input=given))
    second = await meanwhile(pause, first, alice.do(CREATE_POST, input=given))
    assert second == await first
    assert second["id"] != old["id"]
    assert await counts() == [2, 0, 0, 1]


@on_postgres
async def test_two_who_connect_an_account_for_the_first_time_by_two_keys_answer_the_same_ever_after(
    alice: User, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = request("connectAccount", "", clock.now)
    pause = Pause(accounts._upsert)
    monkeypatch.setattr(accounts, "_upsert", pause)
    first = alice.do(ask.query, **ask.variables("one"))
    await meanwhile(pause, first, alice.do(ask.query, **ask.variables("two")))
    (account,) = await alice.do(ACCOUNTS_QUERY)
    assert [await alice.do(ask.query, **ask.variables(key)) for key in ("one", "two")] == [account] * 2


async def test_no_transaction_is_open_while_the_platform_is_asked(
    alice: User, clock: FakeClock, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = process.accounts.platforms[Platform.X]
    identify, inside = x.identify, []

    async def look(token: str, now: Any) -> Any:
        inside.append(isinstance(connections.get("default"), TransactionalDBClient))
        return await identify(token, now)

    monkeypatch.setattr(x, "identify", look)
    ask = request("connectAccount", "", clock.now)
    await alice.do(ask.query, **ask.variables("one"))
    assert inside == [False]


async def test_many_at_once_make_one(alice: User, clock: FakeClock, post: Any) -> None:
    """As they come: whatever their order is."""
    for name in NAMES:
        ask = request(name, post["id"], clock.now)
        before = await counts()
        made = await asyncio.gather(*(alice.do(ask.query, **ask.variables(name)) for _ in range(12)))
        assert all(one == made[0] for one in made)
        assert sum(await counts()) - sum(before) == 2
