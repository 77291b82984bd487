"""Several who settle one doubt at the same moment: one of them looks, and nobody undoes what the other has settled."""

import asyncio
import contextvars
from typing import Any

import httpx2
import pytest
from support.api import RETRY_PUBLICATION, User
from support.clock import FakeClock
from support.publishing import another_process, claim_due, due_post, fail, on, row
from support.races import Faster

from perennial.core.states import Platform
from perennial.db.models import Publication
from perennial.platforms.transport import Identity
from perennial.process import Process
from perennial.publishing import claims, overdue
from perennial.publishing._recording import record
from perennial.publishing.claims import ClaimResult
from perennial.publishing.outcomes import LOOK_UP_TIMES
from perennial.publishing.reconciling import _look_ups, reconciler


@pytest.fixture
async def doubt(alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient) -> Any:
    """A post of Alice's that is not on X, as far as anybody can see, and whose first look-up is due."""
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    await fail(sandbox, "X", status=503)
    await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == "UNCONFIRMED"
    clock.advance(seconds=10)
    return post


async def test_what_another_has_just_looked_for_is_not_looked_for_again(
    process: Process, doubt: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with another_process(process) as other:
        monkeypatch.setattr(_look_ups, "run_sql", Faster(_look_ups.run_sql, other.publisher.reconciler.reconcile_due))
        await process.publisher.reconciler.reconcile_due()
    assert (await row(doubt)).look_ups == 1


async def test_what_is_retried_while_it_is_looked_for_is_looked_for_anew(
    alice: User,
    clock: FakeClock,
    process: Process,
    sandbox: httpx2.AsyncClient,
    doubt: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second try is in doubt as well by the time that the look-up for the first one ends."""

    async def retry() -> None:
        clock.advance(seconds=1)
        await alice.do(RETRY_PUBLICATION, id=(await on(alice, doubt))["id"])
        await fail(sandbox, "X", status=503)
        await other.publisher.publish_due()

    async with another_process(process) as other:
        monkeypatch.setattr(reconciler, "accounts_by_id", Faster(reconciler.accounts_by_id, retry))
        await process.publisher.reconciler.reconcile_due()
    kept = await row(doubt)
    assert (kept.status, kept.look_ups, kept.next_attempt_time) == ("unconfirmed", 0, clock.now + LOOK_UP_TIMES[0])


async def test_a_late_receipt_and_a_look_up_at_the_same_moment_do_not_give_one_receipt_to_two(
    database: str, alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, monkeypatch: Any
) -> None:
    """The look-up has seen that the receipt is free, and has not written yet, when its owner comes with it."""
    await alice.connect("X")
    hers = await due_post(alice, clock, x="Hello")
    (frozen,) = await claims.mark(await claim_due(clock), clock.now)
    x = process.publisher.sender.platforms[Platform.X]
    receipt = await x.publish(Identity("1", "alice"), "sandbox-alice", "Hello", clock.now)
    clock.now += claims.CLAIM_LEASE
    await overdue.rescue()
    await Publication.filter(post_id=hers["id"]).update(next_attempt_time=None)
    other = await due_post(alice, clock, x="Hello")
    await fail(sandbox, "X", status=503)
    await process.publisher.publish_due()
    clock.advance(seconds=10)
    late: list[asyncio.Task[Any]] = []
    unrecorded = _look_ups._best_match

    async def with_the_owner_at_the_door(*arguments: Any) -> Any:
        seen = await unrecorded(*arguments)
        recording = record([ClaimResult(frozen, receipt)])
        late.append(asyncio.create_task(recording, context=contextvars.Context()))
        await asyncio.wait(late, timeout=0.3)
        return seen

    monkeypatch.setattr(_look_ups, "_best_match", with_the_owner_at_the_door)
    await process.publisher.publish_due()
    await asyncio.gather(*late)
    shown = [(await on(alice, post))["remoteId"] for post in (hers, other)]
    assert shown == [receipt.remote_id, None]
