"""Claims under a lease: a dead worker's are sent by another, once; what may have gone out is never sent again."""

from datetime import timedelta
from uuid import uuid4

import httpx2
import pytest
from support.api import DELETE_POST, UNSCHEDULE_POST, User
from support.clock import FakeClock
from support.publishing import account, arrived, claim_due, due_post, on, row
from support.races import Faster

from perennial.core.platform_errors import OutcomeUnknown, Refused
from perennial.db.models import Publication
from perennial.platforms.transport import Receipt
from perennial.process import Process
from perennial.publishing import claims, overdue
from perennial.publishing._recording import record
from perennial.publishing.claims import CLAIM_LEASE, Claimed, ClaimResult
from perennial.publishing.overdue import LEASE_RAN_OUT

RECEIPT = Receipt("17", "https://x.com/alice/status/17")


@pytest.fixture(autouse=True)
async def _connected(alice: User, clock: FakeClock) -> None:
    await alice.connect("X")


async def claim(clock: FakeClock) -> Claimed:
    """Claims the one publication that is due, as a worker does that dies soon after."""
    (claimed,) = await claim_due(clock)
    return claimed


async def test_a_claim_whose_worker_died_before_sending_is_sent_by_the_next_once(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    post = await due_post(alice, clock, x="Hello")
    await claim(clock)
    clock.now += CLAIM_LEASE
    for _ in range(3):
        await process.publisher.publish_due()
    assert await arrived(sandbox) == ["Hello"]
    shown = await on(alice, post)
    assert (shown["status"], shown["attempts"]) == ("PUBLISHED", 1)


async def test_a_claim_whose_worker_died_while_sending_is_in_doubt_and_not_sent_again(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    post = await due_post(alice, clock, x="Hello")
    assert await claims.mark([await claim(clock)], clock.now)
    clock.now += CLAIM_LEASE
    for _ in range(3):
        await process.publisher.publish_due()
    shown = await on(alice, post)
    assert (shown["status"], shown["attempts"]) == ("UNCONFIRMED", 1)
    assert (shown["errorCode"], shown["errorMessage"]) == ("OUTCOME_UNKNOWN", LEASE_RAN_OUT)
    assert (await alice.post(post["id"]))["status"] == "UNCONFIRMED"
    assert await arrived(sandbox) == []


async def test_nobody_touches_a_claim_before_its_lease_has_run_out(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    post = await due_post(alice, clock, x="Hello")
    await claim(clock)
    clock.now += CLAIM_LEASE
    clock.advance(milliseconds=-1)
    assert not await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == (await alice.post(post["id"]))["status"] == "PUBLISHING"
    assert await arrived(sandbox) == []


async def test_nobody_takes_a_claim_that_another_has_renewed_meanwhile(
    alice: User, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await due_post(alice, clock, x="Hello")
    await claim(clock)
    clock.now += CLAIM_LEASE
    theirs = []

    async def rescue_and_claim() -> None:
        await overdue.rescue()
        theirs.append(await claim(clock))

    monkeypatch.setattr(overdue, "expired_claims", Faster(overdue.expired_claims, rescue_and_claim))
    await overdue.rescue()
    kept = await row(post)
    assert (kept.status, kept.claim_id) == ("publishing", theirs[0].row.claim_id)


async def test_a_publication_is_claimed_once(alice: User, clock: FakeClock) -> None:
    await due_post(alice, clock, x="Hello")
    assert len(await claim_due(clock)) == 1
    assert await claim_due(clock) == []


async def test_a_claim_that_was_lost_meanwhile_is_not_sent(alice: User, clock: FakeClock) -> None:
    post = await due_post(alice, clock, x="Hello")
    claimed = await claim(clock)
    await Publication.filter(post_id=post["id"]).update(claim_id=uuid4())
    assert await claims.mark([claimed], clock.now) == []
    kept = await row(post)
    assert (kept.attempts, kept.request_started_time) == (0, None)


async def test_a_claim_whose_lease_has_run_out_is_not_sent(alice: User, clock: FakeClock) -> None:
    post = await due_post(alice, clock, x="Hello")
    claimed = await claim(clock)
    clock.now += CLAIM_LEASE
    assert await claims.mark([claimed], clock.now) == []
    assert (await row(post)).request_started_time is None


async def test_a_claim_that_is_lost_while_its_token_is_refreshed_is_not_sent(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await due_post(alice, clock, x="Hello")
    claimed = await claim(clock)
    await Publication.filter(post_id=post["id"]).update(claim_id=uuid4())
    connected = await account(alice)

    async def refresh(*_: object) -> object:
        return connected

    monkeypatch.setattr(type(process.publisher.sender.refresher), "refresh", refresh)
    assert await process.publisher.sender.refresh_and_send(claimed, connected, clock.now) is None
    assert await arrived(sandbox) == []


@pytest.mark.parametrize("result", [RECEIPT, Refused("REFUSED", "no"), OutcomeUnknown("broken")], ids=str)
async def test_a_result_for_a_claim_that_was_lost_is_not_recorded(
    alice: User, clock: FakeClock, result: Receipt | Refused | OutcomeUnknown
) -> None:
    post = await due_post(alice, clock, x="Hello")
    lost = await claim(clock)
    clock.now += CLAIM_LEASE
    await overdue.rescue()
    theirs = await claim(clock)
    await record([ClaimResult(lost, result)])
    kept = await row(post)
    assert (kept.claim_id, kept.status, kept.remote_id) == (theirs.row.claim_id, "publishing", None)
    assert (await alice.post(post["id"]))["status"] == "PUBLISHING"


async def in_doubt(clock: FakeClock) -> Claimed:
    """Claims what is due, marks it, and lets the lease run out."""
    claimed = await claim(clock)
    assert await claims.mark([claimed], clock.now)
    clock.now += CLAIM_LEASE
    assert len((await overdue.rescue()).events) == 1
    return claimed


async def test_a_late_receipt_settles_the_doubt(alice: User, clock: FakeClock) -> None:
    post = await due_post(alice, clock, x="Hello")
    await record([ClaimResult(await in_doubt(clock), RECEIPT)])
    shown = await on(alice, post)
    assert (shown["status"], shown["remoteId"], shown["url"]) == ("PUBLISHED", RECEIPT.remote_id, RECEIPT.url)
    assert (shown["errorCode"], shown["errorMessage"]) == (None, None)
    assert (await alice.post(post["id"]))["status"] == "PUBLISHED"


async def test_a_late_failure_leaves_the_doubt(alice: User, clock: FakeClock) -> None:
    post = await due_post(alice, clock, x="Hello")
    await record([ClaimResult(await in_doubt(clock), Refused("REFUSED", "no"))])
    shown = await on(alice, post)
    assert (shown["status"], shown["errorMessage"]) == ("UNCONFIRMED", LEASE_RAN_OUT)


@pytest.mark.parametrize("mutation", [UNSCHEDULE_POST, DELETE_POST])
async def test_while_a_post_is_being_published_its_owner_cannot_stop_it(
    alice: User, clock: FakeClock, mutation: str
) -> None:
    post = await due_post(alice, clock, x="Hello")
    await claim(clock)
    assert (await alice.refused(mutation, id=post["id"])).code == "CONFLICT"


async def test_a_post_that_is_unscheduled_before_the_claim_is_not_claimed(alice: User, clock: FakeClock) -> None:
    post = await due_post(alice, clock, x="Hello")
    await alice.do(UNSCHEDULE_POST, id=post["id"])
    assert await claim_due(clock) == []
    assert (await on(alice, post))["status"] == "DRAFT"


async def test_a_post_that_is_put_off_before_the_claim_is_not_claimed(alice: User, clock: FakeClock) -> None:
    post = await due_post(alice, clock, x="Hello")
    await alice.schedule_post(post["id"], clock.now + timedelta(minutes=1))
    assert await claim_due(clock) == []
    assert (await on(alice, post))["status"] == "SCHEDULED"
