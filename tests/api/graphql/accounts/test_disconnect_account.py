"""disconnectAccount: the account's tokens are deleted and its row is kept, but not while it is publishing."""

import asyncio
import contextvars
from datetime import timedelta
from typing import Any

from support.api import ACCOUNTS_QUERY, DISCONNECT_ACCOUNT, User
from support.clock import FakeClock
from support.publishing import due_post
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
