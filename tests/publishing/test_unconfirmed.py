"""publish_due, where it stays open whether a post went out: it is in doubt at once, and never sent again by itself."""

from typing import Any

import httpx2
import pytest
from support.api import User
from support.clock import FakeClock
from support.publishing import another_process, arrived, due_post, fail, on

from perennial.platforms.x.transport import X
from perennial.process import Process

DOUBTS: list[dict[str, Any]] = [
    {"status": 503},
    {"status": 503, "after_accepting": True},
    {"status": 500},
    {"status": 408},
    {"status": 303, "headers": {"location": "/sandbox/posts"}},
    {"close": True},
    {"close": True, "after_accepting": True},
    {"rubbish": True},
    {"status": 200, "body": {}},
    {"status": 201, "body": {"data": {"id": "not a number"}}},
]


@pytest.mark.parametrize("platform", ["X", "LINKEDIN"])
@pytest.mark.parametrize("fault", DOUBTS, ids=str)
async def test_an_answer_that_says_nothing_leaves_a_doubt_and_nothing_is_sent_twice(
    alice: User,
    clock: FakeClock,
    process: Process,
    sandbox: httpx2.AsyncClient,
    platform: str,
    fault: dict[str, Any],
) -> None:
    await alice.connect(platform)
    post = await due_post(alice, clock, **{platform.lower(): "Hello"})
    await fail(sandbox, platform, **fault)
    assert await process.publisher.publish_due() == {"unconfirmed": 1}
    shown = await on(alice, post, platform)
    assert (shown["status"], shown["attempts"], shown["errorCode"]) == ("UNCONFIRMED", 1, "OUTCOME_UNKNOWN")
    for _ in range(5):
        clock.advance(hours=1)
        assert not await process.publisher.publish_due()
    found = platform == "X" and "after_accepting" in fault
    assert (await on(alice, post, platform))["status"] == ("PUBLISHED" if found else "UNCONFIRMED")
    assert await arrived(sandbox) == ["Hello"]


@pytest.mark.parametrize("accepting", [True, False])
async def test_a_platform_that_is_silent_after_it_got_the_post_leaves_a_doubt(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, accepting: bool
) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    await fail(sandbox, "X", status=503, delay_seconds=30, after_accepting=accepting)
    async with another_process(process, seconds=1.0) as impatient:
        await impatient.publisher.publish_due()
    assert (await on(alice, post))["status"] == "UNCONFIRMED"
    clock.advance(hours=1)
    await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == ("PUBLISHED" if accepting else "UNCONFIRMED")
    assert await arrived(sandbox) == ["Hello"]
    assert [one["text"] for one in (await sandbox.get("/posts")).json()] == ["Hello"] * accepting


async def test_what_breaks_off_in_our_own_hands_leaves_a_doubt(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    publish = X.publish

    async def publish_and_break(self: X, *args: Any) -> None:
        await publish(self, *args)
        raise RuntimeError("a bug")

    monkeypatch.setattr(X, "publish", publish_and_break)
    for _ in range(3):
        await process.publisher.publish_due()
        assert (await on(alice, post))["status"] == "UNCONFIRMED"
        clock.advance(seconds=3)
    assert await arrived(sandbox) == ["Hello"]


async def test_a_post_in_doubt_on_its_only_platform_is_unconfirmed(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    await fail(sandbox, "X", status=503)
    await process.publisher.publish_due()
    assert (await alice.post(post["id"]))["status"] == "UNCONFIRMED"


async def test_a_post_in_doubt_on_one_platform_of_two_is_unconfirmed(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X", "LINKEDIN")
    post = await due_post(alice, clock, x="Hello", linkedin="Hello there")
    await fail(sandbox, "LINKEDIN", close=True)
    await process.publisher.publish_due()
    assert (await alice.post(post["id"]))["status"] == "UNCONFIRMED"
    assert (await on(alice, post, "X"))["status"] == "PUBLISHED"


async def test_a_doubt_does_not_hold_up_the_accounts_next_post(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    await due_post(alice, clock, x="In doubt")
    await fail(sandbox, "X", status=503)
    await process.publisher.publish_due()
    following = await due_post(alice, clock, x="Next")
    await process.publisher.publish_due()
    assert (await on(alice, following))["status"] == "PUBLISHED"
