"""What is in doubt on X is looked for in the account's timeline: 10 seconds, 1 minute and 10 minutes later."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from support.api import User
from support.clock import FakeClock
from support.publishing import another_process, arrived, claim_due, connect, due_post, fail, on, refresh_token, row

from perennial.core.states import Platform
from perennial.db.models import Publication
from perennial.platforms.transport import Identity, Match, Receipt
from perennial.platforms.x.transport import X
from perennial.process import Process
from perennial.publishing import claims, overdue
from perennial.publishing._recording import record
from perennial.publishing.claims import ClaimResult
from perennial.publishing.reconciling._look_ups import LOOK_UP_LEASE, NOT_FOUND, NOT_LOOKED_UP, UNANSWERED_PAUSE
from perennial.publishing.reconciling.reconciler import Reconciler

ACCEPTED_AND_SILENT = {"status": 503, "after_accepting": True}
TEXT = "Ünïcode & <angles>, see example.com/a?b=c&d and https://example.org/ 🌱\n\nbye"


async def doubt(user: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, **fault: Any) -> Any:
    """A post of the user's on X that is in doubt since just now."""
    post = await due_post(user, clock, x=fault.pop("text", "Hello"))
    await fail(sandbox, "X", **(fault or ACCEPTED_AND_SILENT))
    await process.publisher.publish_due()
    assert (await on(user, post))["status"] == "UNCONFIRMED"
    return post


async def looks(sandbox: httpx2.AsyncClient) -> int:
    """How many of the faults that only count look-ups are used up."""
    faults = (await sandbox.get("/faults")).json()["faults"]
    return sum(100 - fault["times"] for fault in faults if fault["operation"] == "timeline")


async def count_looks(sandbox: httpx2.AsyncClient, **fault: Any) -> None:
    await fail(sandbox, "X", operation="timeline", times=100, **({"delay_seconds": 0.001} | fault))


@pytest.fixture(autouse=True)
async def _connected(alice: User, clock: FakeClock) -> None:
    await alice.connect("X")


async def test_what_arrived_is_found_after_ten_seconds_and_published_with_its_receipt(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    post = await doubt(alice, clock, process, sandbox, text=TEXT, **ACCEPTED_AND_SILENT)
    clock.advance(seconds=9.999)
    await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == "UNCONFIRMED"
    clock.advance(milliseconds=1)
    await process.publisher.publish_due()
    shown = await on(alice, post)
    (there,) = (await sandbox.get("/posts")).json()
    assert (shown["status"], shown["url"], shown["attempts"]) == ("PUBLISHED", there["url"], 1)
    assert shown["publishedTime"][:19] == there["time"][:19], "X tells seconds"
    assert (shown["errorCode"], shown["errorMessage"]) == (None, None)
    assert (await alice.post(post["id"]))["status"] == "PUBLISHED"
    assert await arrived(sandbox) == [TEXT]


async def test_what_is_not_found_is_looked_for_three_times_and_stays_in_doubt(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    post = await doubt(alice, clock, process, sandbox, status=503)
    began = clock.now
    await count_looks(sandbox)
    times = []
    for looked in (1, 2, 3):
        clock.now = (await row(post)).next_attempt_time
        times.append(clock.now - began)
        await process.publisher.publish_due()
        assert await looks(sandbox) == looked
    assert times == [timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10)]
    clock.advance(days=2)
    await process.publisher.publish_due()
    assert await looks(sandbox) == 3
    shown = await on(alice, post)
    assert (shown["status"], shown["errorCode"]) == ("UNCONFIRMED", "OUTCOME_UNKNOWN")
    assert shown["errorMessage"] == f"The platform answered 503. Service Unavailable. {NOT_FOUND}"
    assert await arrived(sandbox) == ["Hello"]


async def test_a_doubt_on_linkedin_is_not_looked_into(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("LINKEDIN")
    post = await due_post(alice, clock, linkedin="Hello")
    await fail(sandbox, "LINKEDIN", **ACCEPTED_AND_SILENT)
    await process.publisher.publish_due()
    assert (await row(post, "LINKEDIN")).next_attempt_time is None
    assert "look there" in (await on(alice, post, "LINKEDIN"))["errorMessage"]


async def test_an_earlier_post_of_the_same_text_is_not_taken_for_it(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    """Recurring texts are alike: the receipt that one publication has is nobody else's."""
    before = await due_post(alice, clock, x="Hello")
    await process.publisher.publish_due()
    assert (await on(alice, before))["status"] == "PUBLISHED"
    post = await doubt(alice, clock, process, sandbox, status=503)
    for _ in range(3):
        clock.now = (await row(post)).next_attempt_time
        await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == "UNCONFIRMED"


async def test_a_post_that_was_written_by_hand_before_the_request_is_not_taken_for_it(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process.publisher, "reconciler", with_slack(process, seconds=5))
    x = process.publisher.sender.platforms[Platform.X]
    await x.publish(Identity("alice", "alice"), "sandbox-alice", "Hello", clock.now)
    post = await doubt(alice, clock, process, sandbox, status=503)
    for _ in range(3):
        clock.now = (await row(post)).next_attempt_time
        await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == "UNCONFIRMED"


@pytest.mark.parametrize(("seconds_before", "status"), [(5, "PUBLISHED"), (6, "UNCONFIRMED")])
async def test_the_platforms_clock_may_be_behind_by_the_slack_and_no_more(
    alice: User,
    clock: FakeClock,
    process: Process,
    sandbox: httpx2.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    seconds_before: int,
    status: str,
) -> None:
    monkeypatch.setattr(process.publisher, "reconciler", with_slack(process, seconds=5))
    post = await doubt(alice, clock, process, sandbox, status=503)
    found = Match(Receipt("17", "https://x.com/alice/status/17"), clock.now - timedelta(seconds=seconds_before))

    async def find_matches(*_: Any) -> list[Match]:
        return [found]

    monkeypatch.setattr(X, "find_matches", find_matches)
    clock.advance(seconds=10)
    await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == status


def with_slack(process: Process, seconds: float) -> Reconciler:
    """The process's reconciler, for clocks that differ by so much at most."""
    return replace(process.publisher.reconciler, clock_slack=timedelta(seconds=seconds))


async def test_two_doubts_of_the_same_text_are_not_settled_by_one_post(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    posts = [await due_post(alice, clock, x="Hello") for _ in range(2)]
    await fail(sandbox, "X", **ACCEPTED_AND_SILENT)
    await fail(sandbox, "X", status=503)
    await process.publisher.publish_due()
    async with another_process(process) as other:
        for _ in range(4):
            clock.advance(minutes=10)
            await process.publisher.publish_due()
            await other.publisher.publish_due()
    assert sorted([(await on(alice, post))["status"] for post in posts]) == ["PUBLISHED", "UNCONFIRMED"]


async def test_while_the_same_text_is_being_sent_elsewhere_what_is_found_is_nobodys_yet(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    post = await doubt(alice, clock, process, sandbox)
    other = await due_post(alice, clock, x="Hello")
    await Publication.filter(post_id=other["id"]).update(
        status="publishing", lease_expires_at=clock.now + 9 * LOOK_UP_LEASE
    )
    clock.advance(minutes=1)
    await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == "UNCONFIRMED"
    await Publication.filter(post_id=other["id"]).update(status="failed")
    clock.now += LOOK_UP_LEASE
    await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == "PUBLISHED"


async def test_a_look_up_without_an_answer_does_not_count_and_is_made_again_for_a_day(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    post = await doubt(alice, clock, process, sandbox)
    await count_looks(sandbox, status=503)
    clock.advance(seconds=10)
    for _ in range(5):
        await process.publisher.publish_due()
        assert (await row(post)).look_ups == 0
        clock.now += UNANSWERED_PAUSE
    await sandbox.delete("/faults")
    await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == "PUBLISHED"


async def test_after_a_day_without_an_answer_nobody_looks_any_more(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    post = await doubt(alice, clock, process, sandbox)
    await count_looks(sandbox, close=True)
    clock.advance(days=1, seconds=1)
    await process.publisher.publish_due()
    assert (await row(post)).next_attempt_time is None
    assert (await on(alice, post))["errorMessage"].endswith(NOT_LOOKED_UP)


async def test_an_account_whose_token_has_run_out_is_refreshed_to_look(
    bob: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(bob, "X", refresh_token("bob"))
    post = await doubt(bob, clock, process, sandbox)
    await fail(sandbox, "X", operation="timeline", status=401, token="sandbox-bob", times=100)
    clock.advance(seconds=10)
    await process.publisher.publish_due()
    assert (await on(bob, post))["status"] == "PUBLISHED"


async def test_a_look_up_whose_worker_died_is_made_again(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await doubt(alice, clock, process, sandbox)
    clock.advance(seconds=10)
    with monkeypatch.context() as dead:
        dead.setattr(type(process.publisher.reconciler), "_find_matches", _dies)
        await process.publisher.publish_due()
    await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == "UNCONFIRMED", "it is still the dead one's"
    clock.now += LOOK_UP_LEASE
    await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == "PUBLISHED"


async def _dies(*_: object) -> None:
    raise RuntimeError("killed")


async def test_a_late_receipt_takes_back_what_a_look_up_gave_to_another_of_the_same_text(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    """A worker was frozen with the answer in its hands; meanwhile a doubt of the same text was looked into."""
    hers = await due_post(alice, clock, x="Hello")
    (frozen,) = await claims.mark(await claim_due(clock), clock.now)
    x = process.publisher.sender.platforms[Platform.X]
    receipt = await x.publish(Identity("1", "alice"), "sandbox-alice", "Hello", clock.now)
    clock.now += claims.CLAIM_LEASE
    await overdue.rescue()
    await Publication.filter(post_id=hers["id"]).update(next_attempt_time=clock.now + timedelta(hours=1))
    other = await doubt(alice, clock, process, sandbox, status=503)
    clock.advance(seconds=10)
    await process.publisher.publish_due()
    assert (await on(alice, other))["remoteId"] == receipt.remote_id
    await record([ClaimResult(frozen, receipt)])
    assert (await on(alice, hers))["remoteId"] == receipt.remote_id
    shown = await on(alice, other)
    assert (shown["status"], shown["remoteId"], shown["url"]) == ("UNCONFIRMED", None, None)
    assert (await alice.post(other["id"]))["status"] == "UNCONFIRMED"
