"""updatePost: replaces the texts, but not what is published or may be."""

from datetime import timedelta
from typing import Any

import pytest
from support.api import UPDATE_POST, User
from support.clock import FakeClock
from support.rows import set_publication

from perennial.core.instants import instant
from perennial.core.states import PublicationStatus


def texts(**by_platform: str) -> dict[str, Any]:
    return {"publications": [{"platform": name.upper(), "content": text} for name, text in by_platform.items()]}


@pytest.fixture
async def post(alice: User, clock: FakeClock) -> Any:
    """Alice's draft for both platforms."""
    return await alice.create_post(x="Hello", linkedin="Hello there")


def contents(post: Any) -> dict[str, str]:
    return {one["platform"]: one["content"] for one in post["publications"]}


async def test_the_texts_are_replaced(alice: User, clock: FakeClock, post: Any) -> None:
    clock.advance(minutes=1)
    changed = await alice.do(UPDATE_POST, id=post["id"], input=texts(x="Hi", linkedin="Hi there"))
    assert contents(changed) == {"X": "Hi", "LINKEDIN": "Hi there"}
    assert changed | {"publications": None} == post | {"publications": None, "updatedAt": instant(clock.now)}
    assert await alice.post(post["id"]) == changed


async def test_a_platform_that_is_not_named_is_dropped(alice: User, post: Any) -> None:
    assert contents(await alice.do(UPDATE_POST, id=post["id"], input=texts(linkedin="Only"))) == {"LINKEDIN": "Only"}


async def test_a_scheduled_text_keeps_its_time_and_a_new_one_begins_as_a_draft(alice: User, clock: FakeClock) -> None:
    post = await alice.create_post(x="Hello")
    (scheduled,) = (await alice.schedule_post(post["id"], clock.now + timedelta(hours=1)))["publications"]
    changed = await alice.do(UPDATE_POST, id=post["id"], input=texts(x="Hi", linkedin="New"))
    kept, new = changed["publications"]
    assert kept == scheduled | {"content": "Hi"}
    assert (new["status"], new["scheduledTime"], changed["status"]) == ("DRAFT", None, "SCHEDULED")


async def test_the_post_is_a_draft_again_once_what_was_scheduled_is_dropped(alice: User, clock: FakeClock) -> None:
    post = await alice.create_post(x="Hello")
    await alice.schedule_post(post["id"], clock.now + timedelta(hours=1))
    changed = await alice.do(UPDATE_POST, id=post["id"], input=texts(linkedin="New"))
    assert changed["status"] == "DRAFT"


@pytest.mark.one_dialect
@pytest.mark.parametrize(
    ("change", "field"),
    [
        (texts(), "publications"),
        (texts(x="a" * 281), "publications.0.content"),
        (texts(x="Hi", linkedin="(" * 1_501), "publications.1.content"),
        (texts(x="Hi", linkedin=""), "publications.1.content"),
        (texts(x="a\x00b"), "publications.0.content"),
        (texts(x="Sow\ufffe in spring."), "publications.0.content"),
        ({"publications": texts(x="Hi")["publications"] * 2}, "publications.1.platform"),
        ({}, "publications"),
    ],
)
async def test_what_create_post_refuses_is_refused_and_nothing_changes(
    alice: User, post: Any, change: Any, field: str
) -> None:
    refusal = await alice.refused(UPDATE_POST, id=post["id"], input=change)
    assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", field)
    assert await alice.post(post["id"]) == post


@pytest.mark.parametrize("status", [PublicationStatus.PUBLISHED, PublicationStatus.UNCONFIRMED])
@pytest.mark.parametrize("change", [texts(x="Hi", linkedin="Hello there"), texts(linkedin="Hello there")])
async def test_a_text_that_is_published_or_may_be_is_neither_changed_nor_dropped(
    alice: User, post: Any, status: PublicationStatus, change: Any
) -> None:
    await set_publication(post, status, "X")
    before = await alice.post(post["id"])
    assert (await alice.refused(UPDATE_POST, id=post["id"], input=change)).code == "CONFLICT"
    assert await alice.post(post["id"]) == before


async def test_the_text_beside_a_published_one_can_be_changed(alice: User, post: Any) -> None:
    await set_publication(post, PublicationStatus.PUBLISHED, "X")
    changed = await alice.do(UPDATE_POST, id=post["id"], input=texts(x="Hello", linkedin="Better"))
    assert contents(changed) == {"X": "Hello", "LINKEDIN": "Better"}


async def test_a_text_that_was_refused_can_be_changed(alice: User, post: Any) -> None:
    await set_publication(post, PublicationStatus.FAILED, "X", error_code="REFUSED")
    changed = await alice.do(UPDATE_POST, id=post["id"], input=texts(x="Better", linkedin="Hello there"))
    assert contents(changed)["X"] == "Better"


async def test_nothing_can_be_changed_while_the_post_is_being_published(alice: User, post: Any) -> None:
    await set_publication(post, PublicationStatus.PUBLISHING, "X")
    before = await alice.post(post["id"])
    change = texts(x="Hello", linkedin="Better")
    assert (await alice.refused(UPDATE_POST, id=post["id"], input=change)).code == "CONFLICT"
    assert await alice.post(post["id"]) == before
