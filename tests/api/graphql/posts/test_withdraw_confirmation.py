"""withdrawConfirmation: what a person confirmed by mistake is in doubt again."""

from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from support.api import CONFIRM_PUBLICATION, RETRY_PUBLICATION, WITHDRAW_CONFIRMATION, User
from support.clock import FakeClock
from support.publishing import arrived, due_post, fail, on
from support.rows import set_publication

from perennial.core.states import PublicationStatus
from perennial.db.models import Publication
from perennial.process import Process

URLS = {"X": "https://x.com/alice/status/17", "LINKEDIN": "https://www.linkedin.com/feed/update/urn:li:share:7141"}
ADVICE = "ook there, then confirm it with its URL, or retry it."


@pytest.fixture
async def doubtful(alice: User, clock: FakeClock) -> Any:
    """Alice's post, in doubt on both platforms, and looked for in vain on X."""
    await alice.connect("X", "LINKEDIN")
    post = await due_post(alice, clock, x="Hello", linkedin="Hello there")
    columns = {"request_started_time": clock.now, "error_code": "OUTCOME_UNKNOWN", "look_ups": 3}
    await set_publication(post, PublicationStatus.UNCONFIRMED, **columns, next_attempt_time=None)
    return post


async def confirm(user: User, post: Any, platform: str = "X") -> Any:
    return await user.do(CONFIRM_PUBLICATION, id=(await on(user, post, platform))["id"], url=URLS[platform])


async def withdraw(user: User, post: Any, platform: str = "X") -> Any:
    return await user.do(WITHDRAW_CONFIRMATION, id=(await on(user, post, platform))["id"])


@pytest.mark.parametrize("platform", ["X", "LINKEDIN"])
async def test_it_is_in_doubt_again_and_says_what_to_do(
    alice: User, clock: FakeClock, doubtful: Any, platform: str
) -> None:
    before = await on(alice, doubtful, platform)
    await confirm(alice, doubtful, platform)
    clock.advance(days=1)
    shown = await withdraw(alice, doubtful, platform)
    message = shown.pop("errorMessage")
    assert shown == {name: value for name, value in before.items() if name in shown}
    assert (shown["status"], shown["errorCode"], shown["url"]) == ("UNCONFIRMED", "OUTCOME_UNKNOWN", None)
    assert message.startswith("A person confirmed it, and withdrew that.")
    assert message.endswith(ADVICE)
    assert (await alice.post(doubtful["id"]))["status"] == "UNCONFIRMED"


async def test_its_post_may_then_be_another_publications(alice: User, clock: FakeClock, doubtful: Any) -> None:
    other = await due_post(alice, clock, x="Hello")
    await set_publication(other, PublicationStatus.UNCONFIRMED, request_started_time=clock.now)
    await confirm(alice, doubtful)
    await withdraw(alice, doubtful)
    assert (await confirm(alice, other))["url"] == URLS["X"]


async def test_it_can_be_confirmed_and_withdrawn_again_and_retried(alice: User, doubtful: Any) -> None:
    for _ in range(2):
        assert (await confirm(alice, doubtful))["status"] == "PUBLISHED"
        assert (await withdraw(alice, doubtful))["status"] == "UNCONFIRMED"
    retried = await alice.do(RETRY_PUBLICATION, id=(await on(alice, doubtful))["id"])
    assert retried["status"] == "SCHEDULED"


async def test_said_again_it_changes_nothing(alice: User, doubtful: Any) -> None:
    """Who does not know whether it was done asks again."""
    await confirm(alice, doubtful)
    first = await withdraw(alice, doubtful)
    assert await withdraw(alice, doubtful) == first


@pytest.mark.parametrize("state", sorted(set(PublicationStatus) - {PublicationStatus.UNCONFIRMED}))
async def test_only_a_confirmation_can_be_withdrawn(alice: User, doubtful: Any, state: PublicationStatus) -> None:
    await set_publication(doubtful, state)
    before = await on(alice, doubtful)
    assert (await alice.refused(WITHDRAW_CONFIRMATION, id=before["id"])).code == "CONFLICT"
    assert await on(alice, doubtful) == before


async def test_what_no_person_is_known_to_have_confirmed_cannot_be_withdrawn(
    alice: User, clock: FakeClock, process: Process
) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    await process.publisher.publish_due()
    before = await on(alice, post)
    assert before["status"] == "PUBLISHED"
    refusal = await alice.refused(WITHDRAW_CONFIRMATION, id=before["id"])
    assert refusal.code == "CONFLICT"
    assert "not known to have been confirmed by a person" in refusal.message
    assert await on(alice, post) == before


async def test_a_publication_that_never_was_is_not_found(alice: User) -> None:
    assert (await alice.refused(WITHDRAW_CONFIRMATION, id=str(uuid4()))).code == "NOT_FOUND"


@pytest.mark.parametrize("look_ups", [0, 1, 3])
async def test_nobody_looks_for_it_any_more(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, look_ups: int
) -> None:
    """A look-up might find the very post with which it was confirmed, and nobody could withdraw that."""
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    await fail(sandbox, "X", status=503, after_accepting=True)
    await process.publisher.publish_due()
    await set_publication(post, PublicationStatus.UNCONFIRMED, look_ups=look_ups)
    await confirm(alice, post)
    await withdraw(alice, post)
    before = await on(alice, post)
    for _ in range(3):
        clock.advance(minutes=10)
        await process.publisher.publish_due()
    assert await on(alice, post) == before
    row = await Publication.get(id=UUID(before["id"]))
    assert (row.status, row.next_attempt_time, row.confirmed_time) == (PublicationStatus.UNCONFIRMED, None, None)
    assert await arrived(sandbox) == ["Hello"]
