"""disconnectAccount: the account's tokens are deleted and its row is kept, but not while it is publishing."""

import asyncio
import contextvars
from datetime import timedelta
from typing import Any

import httpx2
from support.api import ACCOUNTS_QUERY, CONNECT_ACCOUNT, DISCONNECT_ACCOUNT, User
from support.clock import FakeClock
from support.publishing import due_post, fail, on
from support.rows import set_publication

from perennial.core.states import AccountStatus, Platform, PublicationStatus
from perennial.db.models import ConnectedAccount
from perennial.db.transactions import transaction
from perennial.process import Process
from perennial.publishing import claims
from perennial.publishing.limits import Limits


async def test_a_disconnected_account_is_gone_and_answers_its_id(alice: User) -> None:
    on_x, on_linkedin = await alice.connect("X", "LINKEDIN")
    assert await alice.do(DISCONNECT_ACCOUNT, id=on_x["id"]) == on_x["id"]
    assert await alice.do(ACCOUNTS_QUERY) == [on_linkedin]
    kept = await ConnectedAccount.get(id=on_x["id"])
    assert (kept.status, kept.encrypted_access_token) == (AccountStatus.DISCONNECTED, "")
    assert (await alice.refused(DISCONNECT_ACCOUNT, id=on_x["id"])).code == "NOT_FOUND"


async def test_an_account_that_is_publishing_cannot_be_disconnected(alice: User, queue: Any) -> None:
    on_x, on_linkedin = await alice.connect("X", "LINKEDIN")
    columns = {"connected_account_id": on_x["id"]}
    await set_publication(queue["originalPost"], PublicationStatus.PUBLISHING, "X", **columns)
    assert (await alice.refused(DISCONNECT_ACCOUNT, id=on_x["id"])).code == "CONFLICT"
    assert await alice.do(ACCOUNTS_QUERY) == [on_x, on_linkedin]
    assert await alice.do(DISCONNECT_ACCOUNT, id=on_linkedin["id"]) == on_linkedin["id"]


async def test_a_backlog_does_not_keep_an_account_from_being_disconnected(
    alice: User, clock: FakeClock, process: Process, queue: Any
) -> None:
    """The refusal keeps more from being claimed for some seconds."""
    (account,) = await alice.connect("X")
    await set_publication(queue["originalPost"], PublicationStatus.PUBLISHING, "X", connected_account_id=account["id"])
    post = await due_post(alice, clock, x="Waits")
    assert (await alice.refused(DISCONNECT_ACCOUNT, id=account["id"])).code == "CONFLICT"
    assert not await process.publisher.publish_due()
    assert (await on(alice, post))["errorCode"] == "DISCONNECTING"
    await set_publication(queue["originalPost"], PublicationStatus.DRAFT, "X", connected_account_id=None)
    assert await alice.do(DISCONNECT_ACCOUNT, id=account["id"]) == account["id"]


async def test_who_does_not_repeat_it_publishes_again_after_some_seconds(
    alice: User, clock: FakeClock, process: Process, queue: Any
) -> None:
    (account,) = await alice.connect("X")
    await set_publication(queue["originalPost"], PublicationStatus.PUBLISHING, "X", connected_account_id=account["id"])
    post = await due_post(alice, clock, x="Waits")
    await alice.refused(DISCONNECT_ACCOUNT, id=account["id"])
    clock.advance(seconds=15)
    await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == "PUBLISHED"


async def test_the_limit_of_a_disconnected_account_holds_for_no_other(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    (account,) = await alice.connect("X")
    limited, waits = await due_post(alice, clock, x="Limited"), await due_post(alice, clock, x="Waits")
    await fail(sandbox, "X", status=429, user="alice", times=2)
    await process.publisher.publish_due()
    await alice.do(DISCONNECT_ACCOUNT, id=account["id"])
    await alice.do(CONNECT_ACCOUNT, input={"platform": "X", "accessToken": "sandbox-alice-of-acme"})
    for _ in range(2):
        await process.publisher.publish_due()
    assert [(await on(alice, post))["status"] for post in (limited, waits)] == ["PUBLISHED", "PUBLISHED"]


async def test_another_users_publishing_holds_nobody_up(alice: User, bob: User, queue: Any) -> None:
    await set_publication(queue["originalPost"], PublicationStatus.PUBLISHING, "X")
    (his,) = await bob.connect("X")
    assert await bob.do(DISCONNECT_ACCOUNT, id=his["id"]) == his["id"]


async def test_what_is_scheduled_or_published_holds_nobody_up(alice: User) -> None:
    (account,) = await alice.connect("X")
    for status in (PublicationStatus.SCHEDULED, PublicationStatus.PUBLISHED, PublicationStatus.UNCONFIRMED):
        post = await alice.create_post(x="Hello")
        await set_publication(post, status, connected_account_id=account["id"])
    assert await alice.do(DISCONNECT_ACCOUNT, id=account["id"]) == account["id"]


async def test_a_claim_that_begins_at_the_same_moment_is_waited_for(
    alice: User, clock: FakeClock, process: Process
) -> None:
    (account,) = await alice.connect("X")
    await due_post(alice, clock, x="Hello")
    async with transaction():
        assert (await claims.claim(Platform.X, 10, Limits(10, 4), clock.now, timedelta())).claimed
        refused = alice.refused(DISCONNECT_ACCOUNT, id=account["id"])
        disconnecting = asyncio.create_task(refused, context=contextvars.Context())  # not of this transaction
        assert not (await asyncio.wait([disconnecting], timeout=0.2))[0]
    assert (await disconnecting).code == "CONFLICT"


async def test_after_disconnecting_one_can_connect_again(alice: User) -> None:
    (account,) = await alice.connect("X")
    await alice.do(DISCONNECT_ACCOUNT, id=account["id"])
    assert await alice.connect("X") == [account]
