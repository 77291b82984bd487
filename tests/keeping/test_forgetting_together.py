"""`perennial forget` beside those who send, run queues and call: nothing goes out afterwards, and nothing is left."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
import structlog
from support.api import CREATE_POST, User
from support.clock import FakeClock
from support.publishing import claim_due, connect, due_post, eventually, fail, refresh_token
from support.races import Faster, Pause, meanwhile
from support.ticks import HOUR, due_queue

from perennial.accounts import accounts
from perennial.core.errors import CommandError
from perennial.db.models import ConnectedAccount, Publication
from perennial.keeping import forgetting
from perennial.keeping.forgetting import count, forget
from perennial.platforms.transport import Receipt
from perennial.process import Process
from perennial.publishing._recording import record
from perennial.publishing.claims import CLAIM_LEASE, ClaimResult, mark
from perennial.publishing.overdue import rescue
from perennial.publishing.sending import Sender
from perennial.queues.tick import ticker as tick

on_postgres = pytest.mark.parametrize("database", ["postgres"], indirect=True)


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "POLL_SECONDS", 0.01)


def silent(_line: str) -> None:
    pass


async def is_forgotten(user: User) -> bool:
    """Whether nothing of the user's is left; there is nobody else."""
    return not +await count(user.name) and not await Publication.all().count()


@asynccontextmanager
async def forgetting_waits(
    user: User, reason: str = "1 posts that are being sent"
) -> AsyncIterator["asyncio.Task[Any]"]:
    """The user is being forgotten, and that waits; when the block has ended, it ends."""
    said: list[str] = []

    async def has_said() -> list[str]:
        assert not task.done() or task.result()
        return said

    task = asyncio.ensure_future(forget(user.name, said.append))
    await eventually(has_said)
    assert said == [f"there are still {reason}: going on"]
    yield task
    await task


async def test_a_tick_that_is_just_running_brings_nothing_out(
    alice: User, clock: FakeClock, process: Process, published: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It read the accounts before they were disconnected, and commits its clone after that."""
    await alice.connect("X")
    await due_queue(alice, clock.now + HOUR, {"x": "Hello"})
    clock.advance(hours=1)
    connected = await ConnectedAccount.get(clerk_user_id=alice.name)

    async def tick_late() -> None:
        """As if its transaction had begun before."""
        await ConnectedAccount.filter(id=connected.id).update(status="active")
        await process.ticker.process_due_queues()
        await accounts.disconnect_all(alice.name, clock.now)

    monkeypatch.setattr(forgetting, "disconnect_all", Faster(forgetting.disconnect_all, tick_late))
    assert (await forget(alice.name, silent))["posts"] == 2
    await process.publisher.publish_due()
    assert await published() == []
    assert await is_forgotten(alice)


@on_postgres
async def test_a_tick_in_its_middle_is_waited_for(
    alice: User, clock: FakeClock, process: Process, published: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has locked the queue, and read that the account is connected."""
    await alice.connect("X")
    await due_queue(alice, clock.now + HOUR, {"x": "Hello"})
    clock.advance(hours=1)
    pause = Pause(tick._due_queues.prepare)
    monkeypatch.setattr(tick._due_queues, "prepare", pause)
    counts = await meanwhile(pause, process.ticker.process_due_queues(), forget(alice.name, silent))
    assert (counts["queues"], counts["posts"]) == (1, 2)
    await process.publisher.publish_due()
    assert await published() == []
    assert await is_forgotten(alice)


async def test_what_is_claimed_is_waited_for_until_it_cannot_be_sent_any_more(
    alice: User, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mark that began within the lease may be written after it."""
    await alice.connect("X")
    await due_post(alice, clock, x="Hello")
    (claimed,) = await claim_due(clock)
    looks = Counting(forgetting._being_sent)
    monkeypatch.setattr(forgetting, "_being_sent", looks)
    async with forgetting_waits(alice) as task:
        clock.now += CLAIM_LEASE
        assert await mark([claimed], clock.now) == []
        await looks.more(2)
        assert not task.done()
        clock.now += forgetting.MARK_MAX
    assert await is_forgotten(alice)


class Counting:
    """Stands in for a function, and counts its calls."""

    def __init__(self, function: Any) -> None:
        self.function, self.number = function, 0

    async def __call__(self, *args: Any) -> Any:
        self.number += 1
        return await self.function(*args)

    async def more(self, number: int) -> None:
        """Waits for so many calls more."""
        wanted = self.number + number

        async def are_there() -> bool:
            return self.number >= wanted

        await eventually(are_there)


@pytest.mark.parametrize("is_rescued", [False, True])
async def test_a_request_that_left_in_the_last_moment_of_its_lease_is_waited_for(
    alice: User, clock: FakeClock, is_rescued: bool
) -> None:
    await alice.connect("X")
    await due_post(alice, clock, x="Hello")
    (claimed,) = await claim_due(clock)
    clock.now += CLAIM_LEASE - HOUR / 3600
    assert await mark([claimed], clock.now) == [claimed]
    clock.now += forgetting.MARK_MAX + HOUR / 3600
    if is_rescued:
        assert (await rescue()).events
    async with forgetting_waits(alice):
        assert await Publication.all().count() == 1
        clock.now += CLAIM_LEASE
    assert await is_forgotten(alice)


async def test_a_receipt_that_comes_after_the_end_brings_nothing_back(alice: User, clock: FakeClock) -> None:
    """Of a worker that was frozen while its request was out."""
    await alice.connect("X")
    await due_post(alice, clock, x="Hello")
    (claimed,) = await claim_due(clock)
    await mark([claimed], clock.now)
    clock.now += 2 * CLAIM_LEASE
    await forget(alice.name, silent)
    with structlog.testing.capture_logs() as lines:
        await record([ClaimResult(claimed, Receipt("123", "https://x.com/i/web/status/123"))])
    assert [line["event"] for line in lines] == ["publication.claim_lost"]
    assert await is_forgotten(alice)


# What X answers to the request that is out; with `late`, the lease has to expire before it is known to be over.
ANSWERS = {
    "published": ({}, False),
    "lost": ({"status": 503}, True),
    "later": ({"status": 429}, False),
    "refused": ({"status": 403}, False),
    "token": ({"status": 401}, False),
}


@pytest.mark.parametrize("answer", ANSWERS)
async def test_a_request_that_is_out_is_waited_for_and_its_worker_goes_on(
    alice: User,
    clock: FakeClock,
    process: Process,
    sandbox: httpx2.AsyncClient,
    published: Any,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
) -> None:
    fault, late = ANSWERS[answer]
    await connect(alice, "X", refresh_token(alice.name))
    await due_post(alice, clock, x="Hello")
    if fault:
        await fail(sandbox, "X", **fault)
    pause = Pause(Sender._publish)
    monkeypatch.setattr(Sender, "_publish", as_method(pause))
    with structlog.testing.capture_logs() as lines:
        publishing = asyncio.ensure_future(process.publisher.publish_due())
        await pause.reached.wait()
        async with forgetting_waits(alice):
            assert await Publication.all().count() == 1
            pause.go_on.set()
            await publishing
            if late:
                clock.now += CLAIM_LEASE
    before = await published()
    assert len(before) == (answer in {"published", "token"})
    assert await is_forgotten(alice)
    clock.advance(hours=1)
    await process.publisher.publish_due()
    assert await published() == before
    assert [line for line in lines if line["log_level"] in {"error", "critical"} or "exc_info" in line] == []


def as_method(function: Any) -> Callable[..., Awaitable[Any]]:
    """For a class: an object that can be called is no method."""

    async def method(self: Any, *args: Any) -> Any:
        return await function(self, *args)

    return method


async def test_a_refresh_that_is_under_way_brings_no_tokens_back(
    alice: User, clock: FakeClock, process: Process, published: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await connect(alice, "X", refresh_token(alice.name), expires=clock.now + HOUR)
    await due_post(alice, clock, x="Hello")
    clock.advance(hours=1)
    refresher = type(process.publisher.sender.refresher)
    pause = Pause(refresher._ask)
    monkeypatch.setattr(refresher, "_ask", as_method(pause))
    with structlog.testing.capture_logs() as lines:
        publishing = asyncio.ensure_future(process.publisher.publish_due())
        await pause.reached.wait()
        async with forgetting_waits(alice):
            pause.go_on.set()
            await publishing
    assert await published() == []
    assert await is_forgotten(alice)
    assert [line for line in lines if line["log_level"] == "error"] == []


async def test_what_is_being_sent_for_ever_is_said(
    alice: User, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "WAIT_SECONDS_MAX", 0.05)
    await alice.connect("X")
    await due_post(alice, clock, x="Hello")
    await claim_due(clock)
    with pytest.raises(CommandError, match="there are still 1 posts that are being sent"):
        await forget(alice.name, silent)
    assert await Publication.all().count() == 1
    assert (await count(alice.name))["accounts"] == 1, "what is sent names it"


async def test_an_account_that_is_connected_meanwhile_sends_nothing_after_the_end(
    alice: User, clock: FakeClock, process: Process, published: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes when the accounts have just been disconnected, and a worker sends at once what is due."""
    await alice.connect("X")
    await due_post(alice, clock, x="Hello")
    pause = Pause(Sender._publish)
    monkeypatch.setattr(Sender, "_publish", as_method(pause))
    publishing: list[asyncio.Future[Any]] = []

    async def again() -> None:
        await alice.connect("X")
        publishing.append(asyncio.ensure_future(process.publisher.publish_due()))
        await pause.reached.wait()

    monkeypatch.setattr(forgetting, "disconnect_all", Faster(forgetting.disconnect_all, again))
    async with forgetting_waits(alice):
        pause.go_on.set()
        await publishing[0]
    assert len(await published()) == 1
    assert await is_forgotten(alice)


MEANWHILE: dict[str, Callable[[User], Awaitable[Any]]] = {
    "accounts": lambda user: user.connect("X"),
    "posts": lambda user: user.create_post(x="I am still here"),
    "idempotencyKeys": lambda user: user.do(
        CREATE_POST, input={"publications": [{"platform": "X", "content": "Hi"}], "idempotencyKey": "one"}
    ),
}


@pytest.mark.parametrize("kind", MEANWHILE)
async def test_what_the_owner_creates_meanwhile_goes_as_well(
    alice: User, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    await alice.create_post(x="Hello")
    monkeypatch.setattr(forgetting, "count", Before(forgetting.count, lambda: MEANWHILE[kind](alice), times=1))
    said: list[str] = []
    assert (await forget(alice.name, said.append))[kind] >= 1
    assert len(said) == 1
    assert said[0].endswith("that are new: going on")
    assert await is_forgotten(alice)


async def test_who_goes_on_creating_is_said(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "WAIT_SECONDS_MAX", 0.0)
    await alice.create_post(x="Hello")
    monkeypatch.setattr(forgetting, "count", Before(forgetting.count, lambda: MEANWHILE["posts"](alice), times=1_000))
    with pytest.raises(CommandError, match="there are still 1 posts that are new; take the owner's access away"):
        await forget(alice.name, silent)


class Before:
    """Stands in for a function: before its first calls, so many times, something else happens."""

    def __init__(self, function: Any, act: Callable[[], Awaitable[Any]], times: int) -> None:
        self.function, self.act, self.left = function, act, times

    async def __call__(self, *args: Any) -> Any:
        if self.left:
            self.left -= 1
            await self.act()
        return await self.function(*args)
