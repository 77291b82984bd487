"""confirmPublication: a person says that what is in doubt is there, and where."""

from typing import Any
from uuid import uuid4

import httpx2
import pytest
from support.api import CONFIRM_PUBLICATION, User
from support.clock import FakeClock
from support.publishing import arrived, due_post, fail, on
from support.rows import set_publication

from perennial.core.instants import instant
from perennial.core.states import PublicationStatus
from perennial.db.models import ConnectedAccount
from perennial.process import Process

URL = "https://x.com/alice/status/17"
URN = "urn:li:share:7141"
OF_X = ["https://twitter.com/alice/status/17?s=20", "https://www.x.com/alice/status/17/photo/1", f" {URL}"]


@pytest.fixture
async def doubtful(alice: User, clock: FakeClock) -> Any:
    """Alice's post, in doubt on both platforms."""
    post = await due_post(alice, clock, x="Hello", linkedin="Hello there")
    await set_publication(post, PublicationStatus.UNCONFIRMED, request_started_time=clock.now, error_code="C")
    return post


async def confirm(user: User, post: Any, url: str, platform: str = "X") -> Any:
    return await user.do(CONFIRM_PUBLICATION, id=(await on(user, post, platform))["id"], url=url)


async def test_what_is_confirmed_is_published_under_its_url(alice: User, clock: FakeClock, doubtful: Any) -> None:
    began = clock.now
    clock.advance(hours=3)
    shown = await confirm(alice, doubtful, URL)
    assert (shown["status"], shown["remoteId"], shown["url"], shown["errorCode"]) == ("PUBLISHED", "17", URL, None)
    assert shown["publishedTime"] == instant(began), "when it was sent: nobody knows better"
    assert (await alice.post(doubtful["id"]))["status"] == "UNCONFIRMED", "LinkedIn is still in doubt"
    urn = await confirm(alice, doubtful, f"https://www.linkedin.com/feed/update/{URN}/", "LINKEDIN")
    assert (urn["status"], urn["remoteId"]) == ("PUBLISHED", URN)
    assert (await alice.post(doubtful["id"]))["status"] == "PUBLISHED"


async def test_a_url_can_be_pasted_as_browsers_show_it(alice: User, clock: FakeClock, doubtful: Any) -> None:
    for url in OF_X:
        assert (await confirm(alice, doubtful, url))["remoteId"] == "17", url


async def test_a_post_of_another_account_settles_nothing(alice: User, clock: FakeClock) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    await set_publication(post, PublicationStatus.UNCONFIRMED, request_started_time=clock.now)
    before = await on(alice, post)
    refusal = await alice.refused(CONFIRM_PUBLICATION, id=before["id"], url="https://twitter.com/bob/status/17")
    assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "url")
    assert "@bob" in refusal.message
    assert "https://x.com/i/status/17" in refusal.message, "what to write if it was renamed"
    assert await on(alice, post) == before
    shown = await confirm(alice, post, "https://x.com/i/status/17")
    assert (shown["status"], shown["url"]) == ("PUBLISHED", "https://x.com/i/status/17")


async def test_the_case_of_a_handle_does_not_matter(alice: User, clock: FakeClock) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    await set_publication(post, PublicationStatus.UNCONFIRMED, request_started_time=clock.now)
    assert (await confirm(alice, post, "https://x.com/ALICE/status/17"))["remoteId"] == "17"


async def test_said_again_it_changes_nothing(alice: User, doubtful: Any) -> None:
    first = await confirm(alice, doubtful, URL)
    assert await confirm(alice, doubtful, OF_X[0]) == first


async def test_said_again_after_the_account_was_renamed_it_changes_nothing(alice: User, clock: FakeClock) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    await set_publication(post, PublicationStatus.UNCONFIRMED, request_started_time=clock.now)
    first = await confirm(alice, post, URL)
    await ConnectedAccount.all().update(handle="alice_anew")
    assert await confirm(alice, post, URL) == first


@pytest.mark.one_dialect
@pytest.mark.parametrize(
    "url",
    ["", "17", "https://x.com/alice", f"https://evil.example/?{URL}", "https://www.linkedin.com/feed/", "x" * 9999],
)
async def test_what_is_no_post_of_the_platforms_is_refused(alice: User, doubtful: Any, url: str) -> None:
    given = {"id": (await on(alice, doubtful))["id"], "url": url}
    refusal = await alice.refused(CONFIRM_PUBLICATION, **given)
    assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "url")
    assert refusal.message == "This is not the URL of a post on X."


async def test_one_post_of_the_platforms_settles_one_doubt(alice: User, clock: FakeClock, doubtful: Any) -> None:
    other = await due_post(alice, clock, x="Hello")
    await set_publication(other, PublicationStatus.UNCONFIRMED, request_started_time=clock.now)
    await confirm(alice, doubtful, URL)
    refusal = await alice.refused(CONFIRM_PUBLICATION, id=(await on(alice, other))["id"], url=URL)
    assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "url")


async def test_the_receipt_of_somebody_else_stands_in_nobodys_way(
    alice: User, mallory: User, clock: FakeClock, doubtful: Any
) -> None:
    hers = await due_post(mallory, clock, x="Mine")
    await set_publication(hers, PublicationStatus.UNCONFIRMED, request_started_time=clock.now)
    await confirm(mallory, hers, URL)
    assert (await confirm(alice, doubtful, URL))["status"] == "PUBLISHED"


@pytest.mark.parametrize("state", sorted(set(PublicationStatus) - {PublicationStatus.UNCONFIRMED}))
async def test_only_a_doubt_can_be_confirmed(alice: User, doubtful: Any, state: PublicationStatus) -> None:
    await set_publication(doubtful, state)
    refusal = await alice.refused(CONFIRM_PUBLICATION, id=(await on(alice, doubtful))["id"], url=URL)
    assert refusal.code == "CONFLICT"


async def test_a_publication_that_never_was_is_not_found(alice: User) -> None:
    assert (await alice.refused(CONFIRM_PUBLICATION, id=str(uuid4()), url=URL)).code == "NOT_FOUND"


async def test_what_is_confirmed_is_neither_looked_for_nor_sent(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    await fail(sandbox, "X", status=503)
    await process.publisher.publish_due()
    await confirm(alice, post, URL)
    before = await on(alice, post)
    for _ in range(3):
        clock.advance(minutes=10)
        await process.publisher.publish_due()
    assert await on(alice, post) == before
    assert await arrived(sandbox) == ["Hello"]
