"""Publication.account: the account that a publication goes out from; once it was sent, the one it was sent from."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from support.api import ACCOUNTS_QUERY, CONNECT_ACCOUNT, DISCONNECT_ACCOUNT, RETRY_PUBLICATION, User, mutation
from support.clock import FakeClock
from support.publishing import due_post, fail, on, row
from support.rows import set_publication

from perennial.core.states import PublicationStatus
from perennial.db.models import ConnectedAccount, Publication
from perennial.db.sql import run_sql
from perennial.process import Process

Published = Callable[[], Awaitable[list[tuple[str, str, str]]]]

ACCOUNT = "account { id handle status }"
POST = f"query ($id: ID!) {{ post(id: $id) {{ publications {{ {ACCOUNT} }} }} }}"
RETRY = mutation("retryPublication", f"publication {{ status {ACCOUNT} }}")


async def connect(user: User, handle: str, platform: str = "X") -> Any:
    """Connects the sandbox's account of this name."""
    return await user.do(CONNECT_ACCOUNT, input={"platform": platform, "accessToken": f"sandbox-{handle}"})


async def account_of(user: User, post: Any) -> tuple[str, str] | None:
    """The name and the status of the account of the post's one publication."""
    (publication,) = (await user.do(POST, id=post["id"]))["publications"]
    account = publication["account"]
    return account and (account["handle"], account["status"])


async def scheduled(user: User, clock: FakeClock, text: str = "Hello") -> Any:
    """A post on X that is due in an hour."""
    post = await user.create_post(x=text)
    return await user.schedule_post(post["id"], clock.now + timedelta(hours=1))


async def published_post(user: User, clock: FakeClock, process: Process, text: str = "Hello") -> Any:
    post = await due_post(user, clock, x=text)
    await process.publisher.publish_due()
    assert (await on(user, post))["status"] == "PUBLISHED"
    return post


async def test_a_draft_has_none_and_what_is_scheduled_has_the_account_that_is_connected(
    alice: User, clock: FakeClock
) -> None:
    await alice.connect("X", "LINKEDIN")
    post = await alice.create_post(x="Hello")
    assert await account_of(alice, post) is None
    await alice.schedule_post(post["id"], clock.now + timedelta(hours=1))
    assert await account_of(alice, post) == ("alice", "ACTIVE")


async def test_what_was_scheduled_when_nothing_was_connected_follows_to_the_account_that_is_connected_then(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, published: Published
) -> None:
    post = await scheduled(alice, clock)
    assert await account_of(alice, post) is None
    await connect(alice, "alice")
    assert await account_of(alice, post) == ("alice", "ACTIVE")
    clock.advance(hours=1)
    await process.publisher.publish_due()
    assert await published() == [("X", "alice", "Hello")]


async def test_what_waits_goes_out_from_the_account_that_was_connected_last(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, published: Published
) -> None:
    await connect(alice, "alice")
    post = await scheduled(alice, clock)
    await connect(alice, "alice-of-acme")
    assert await account_of(alice, post) == ("alice-of-acme", "ACTIVE")
    clock.advance(hours=1)
    await process.publisher.publish_due()
    assert await published() == [("X", "alice-of-acme", "Hello")]


async def test_what_was_sent_keeps_its_account_whatever_is_connected_or_disconnected_since(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(alice, "alice")
    first = await published_post(alice, clock, process, "First")
    other = await connect(alice, "alice-of-acme")
    assert await account_of(alice, first) == ("alice", "DISCONNECTED")
    second = await published_post(alice, clock, process, "Second")
    await alice.do(DISCONNECT_ACCOUNT, id=other["id"])
    assert await account_of(alice, second) == ("alice-of-acme", "DISCONNECTED")
    await connect(alice, "alice")
    assert await account_of(alice, first) == ("alice", "ACTIVE")
    assert await account_of(alice, second) == ("alice-of-acme", "DISCONNECTED")


async def test_a_disconnected_account_takes_nothing_along_that_waits_and_keeps_no_token(
    alice: User, clock: FakeClock
) -> None:
    post = await scheduled(alice, clock)
    account = await connect(alice, "alice")
    await alice.do(DISCONNECT_ACCOUNT, id=account["id"])
    assert await account_of(alice, post) is None
    kept = await ConnectedAccount.get(id=account["id"])
    assert (kept.encrypted_access_token, kept.encrypted_refresh_token) == ("", None)
    await connect(alice, "alice-of-acme")
    assert await account_of(alice, post) == ("alice-of-acme", "ACTIVE")


@pytest.mark.parametrize("blocked", ["alice", "alice-of-acme"])
async def test_what_has_not_followed_yet_is_shown_with_the_account_that_it_will_go_out_from(
    alice: User, clock: FakeClock, process: Process, blocked: str
) -> None:
    """Of a great backlog the rows follow later than `connectAccount`, some as late as when they are due."""
    first = await connect(alice, "alice")
    await connect(alice, "alice-of-acme")
    post = await due_post(alice, clock, x="Hello")
    await Publication.filter(post_id=post["id"]).update(connected_account_id=first["id"])
    block = {"blocked_until": clock.now + timedelta(hours=1), "blocked_code": "RATE_LIMITED"}
    await ConnectedAccount.filter(handle=blocked).update(**block)
    assert await account_of(alice, post) == ("alice-of-acme", "ACTIVE")
    assert (await on(alice, post))["errorCode"] == {"alice": None, "alice-of-acme": "RATE_LIMITED"}[blocked]


async def test_the_same_account_that_is_connected_again_has_the_same_id_and_another_has_another(alice: User) -> None:
    first = await connect(alice, "alice")
    other = await connect(alice, "alice-of-acme")
    again = await connect(alice, "alice")
    assert again == first
    assert other["id"] != first["id"]
    await alice.do(DISCONNECT_ACCOUNT, id=first["id"])
    assert await connect(alice, "alice") == first
    assert await alice.do(ACCOUNTS_QUERY) == [first]


async def test_what_is_due_without_an_account_fails_by_the_next_call_and_goes_out_by_a_retry(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, published: Published
) -> None:
    post = await due_post(alice, clock, x="Hello")
    await process.publisher.publish_due()
    shown = await on(alice, post)
    assert (shown["status"], shown["errorCode"]) == ("FAILED", "ACCOUNT_MISSING")
    assert await account_of(alice, post) is None
    await connect(alice, "alice")
    assert (await on(alice, post))["status"] == "FAILED", "what has failed follows nobody"
    retried = await alice.do(RETRY, id=shown["id"])
    assert (retried["status"], retried["account"]["handle"]) == ("SCHEDULED", "alice")
    await process.publisher.publish_due()
    assert await published() == [("X", "alice", "Hello")]


async def test_what_has_failed_is_retried_from_the_account_that_is_connected_now(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, published: Published
) -> None:
    await connect(alice, "alice")
    post = await due_post(alice, clock, x="Hello")
    await fail(sandbox, "X", status=403)
    await process.publisher.publish_due()
    await connect(alice, "alice-of-acme")
    assert await account_of(alice, post) == ("alice", "DISCONNECTED")
    retried = await alice.do(RETRY, id=(await on(alice, post))["id"])
    assert retried["account"]["handle"] == "alice-of-acme"
    await process.publisher.publish_due()
    assert await published() == [("X", "alice-of-acme", "Hello")]


@pytest.mark.parametrize("replaced", [True, False], ids=["replaced", "disconnected"])
async def test_what_may_have_been_sent_from_an_account_that_is_gone_is_retried_once_that_is_connected_again(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, replaced: bool
) -> None:
    account = await connect(alice, "alice", "LINKEDIN")
    post = await due_post(alice, clock, linkedin="Hello")
    await fail(sandbox, "LINKEDIN", status=503, after_accepting=True)
    await process.publisher.publish_due()
    shown = await on(alice, post, "LINKEDIN")
    assert shown["status"] == "UNCONFIRMED"
    if replaced:
        await connect(alice, "alice-of-acme", "LINKEDIN")
    else:
        await alice.do(DISCONNECT_ACCOUNT, id=account["id"])
    refusal = await alice.refused(RETRY_PUBLICATION, id=shown["id"])
    assert refusal.code == "CONFLICT"
    assert "not connected any more" in refusal.message
    await connect(alice, "alice", "LINKEDIN")
    assert (await alice.do(RETRY, id=shown["id"]))["account"] == {k: account[k] for k in ("id", "handle", "status")}
    await process.publisher.publish_due()
    assert (await on(alice, post, "LINKEDIN"))["status"] == "PUBLISHED", "the duplicate's URN is its receipt"


async def test_a_retry_that_may_have_been_sent_before_stays_with_its_account(alice: User, clock: FakeClock) -> None:
    account = await connect(alice, "alice")
    post = await scheduled(alice, clock)
    await set_publication(post, PublicationStatus.SCHEDULED, unclear_since=clock.now)
    await connect(alice, "alice-of-acme")
    assert await account_of(alice, post) == ("alice", "DISCONNECTED")
    assert str((await row(post)).connected_account_id) == account["id"]


async def test_two_users_of_one_account_on_the_platform_each_see_and_disconnect_their_own(
    alice: User, bob: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, published: Published
) -> None:
    hers, his = await connect(alice, "acme"), await connect(bob, "acme")
    assert (hers["accountId"], hers["handle"]) == (his["accountId"], his["handle"])
    of_alice, of_bob = await scheduled(alice, clock, "Alice's"), await scheduled(bob, clock, "Bob's")
    await alice.do(DISCONNECT_ACCOUNT, id=hers["id"])
    assert await account_of(alice, of_alice) is None
    assert await account_of(bob, of_bob) == ("acme", "ACTIVE")
    await connect(alice, "alice")
    assert await account_of(alice, of_alice) == ("alice", "ACTIVE")
    clock.advance(hours=1)
    await process.publisher.publish_due()
    assert sorted(await published()) == [("X", "acme", "Bob's"), ("X", "alice", "Alice's")]


async def test_another_owners_account_is_never_shown_nor_why_it_waits(
    alice: User, bob: User, clock: FakeClock, process: Process
) -> None:
    """Not even where a publication names it, which no operation brings about."""
    his = await connect(bob, "bob")
    post = await due_post(alice, clock, x="Hello")
    later = clock.now + timedelta(hours=1)
    await ConnectedAccount.filter(id=his["id"]).update(blocked_until=later, blocked_code="BOBS", blocked_message="m")
    for unclear_since in (None, clock.now):
        wrong = {"connected_account_id": his["id"], "unclear_since": unclear_since}
        await Publication.filter(post_id=post["id"]).update(**wrong)
        assert await account_of(alice, post) is None
        shown = await on(alice, post)
        assert (shown["errorCode"], shown["errorMessage"]) == (None, None)


async def test_an_account_in_a_state_that_only_a_newer_version_knows_hides_nothing_else(
    alice: User, clock: FakeClock
) -> None:
    await connect(alice, "alice")
    post = await scheduled(alice, clock)
    await run_sql("UPDATE connected_accounts SET status = 'suspended'")
    assert await account_of(alice, post) is None
