"""A post of which a publication is in doubt: what its owner can do with it before the doubt is settled."""

from datetime import timedelta
from typing import Any

import pytest
from support.api import (
    CLONE_POST,
    CONFIRM_PUBLICATION,
    DELETE_POST,
    RETRY_PUBLICATION,
    SCHEDULE_POST,
    UNSCHEDULE_POST,
    UPDATE_POST,
    User,
)
from support.clock import FakeClock
from support.publishing import on
from support.rows import set_publication

from perennial.core.instants import instant
from perennial.core.states import PublicationStatus
from perennial.db.models import Publication


@pytest.fixture
async def post(alice: User, clock: FakeClock) -> Any:
    """Alice's post on X, where it may or may not be."""
    post = await alice.create_post(x="Hello")
    await set_publication(post, PublicationStatus.UNCONFIRMED, request_started_time=clock.now)
    return await alice.post(post["id"])


def texts(**by_platform: str) -> dict[str, Any]:
    return {"publications": [{"platform": name.upper(), "content": text} for name, text in by_platform.items()]}


@pytest.mark.parametrize("beside", [PublicationStatus.FAILED, PublicationStatus.PUBLISHED, PublicationStatus.DRAFT])
async def test_whatever_came_of_its_other_platforms_it_is_unconfirmed(
    alice: User, clock: FakeClock, beside: PublicationStatus
) -> None:
    post = await alice.create_post(x="Hello", linkedin="Hello there")
    await set_publication(post, PublicationStatus.UNCONFIRMED, "X", request_started_time=clock.now)
    await set_publication(post, beside, "LINKEDIN")
    assert (await alice.post(post["id"]))["status"] == "UNCONFIRMED"


async def test_it_is_not_scheduled_again_and_the_refusal_says_what_to_do(
    alice: User, clock: FakeClock, post: Any
) -> None:
    time = instant(clock.now + timedelta(hours=1))
    for document, given in ((SCHEDULE_POST, {"scheduledTime": time}), (UNSCHEDULE_POST, {})):
        refusal = await alice.refused(document, id=post["id"], input=given)
        assert refusal.code == "CONFLICT"
        assert "may be published" in refusal.message
    assert await alice.post(post["id"]) == post


async def test_a_text_for_another_platform_can_be_added_and_scheduled(alice: User, clock: FakeClock, post: Any) -> None:
    changed = await alice.do(UPDATE_POST, id=post["id"], input=texts(x="Hello", linkedin="Hello there"))
    assert changed["status"] == "UNCONFIRMED"
    scheduled = await alice.schedule_post(post["id"], clock.now + timedelta(hours=1))
    assert scheduled["status"] == "SCHEDULED"
    assert (await on(alice, post))["status"] == "UNCONFIRMED"
    assert (await alice.do(UNSCHEDULE_POST, id=post["id"]))["status"] == "UNCONFIRMED"


async def test_a_copy_of_it_is_a_draft_that_nobody_sends(alice: User, post: Any) -> None:
    copy = await alice.do(CLONE_POST, id=post["id"])
    assert (copy["status"], copy["clonedFromId"]) == ("DRAFT", post["id"])
    assert (await alice.post(post["id"]))["status"] == "UNCONFIRMED"


async def test_it_can_be_deleted_and_the_doubt_goes_with_it(alice: User, post: Any) -> None:
    await alice.do(DELETE_POST, id=post["id"])
    assert await Publication.all().count() == 0


async def test_a_retry_makes_it_scheduled_and_taking_that_back_unconfirmed_again(alice: User, post: Any) -> None:
    await alice.connect("X")
    await alice.do(RETRY_PUBLICATION, id=(await on(alice, post))["id"])
    assert (await alice.post(post["id"]))["status"] == "SCHEDULED"
    assert (await alice.do(UNSCHEDULE_POST, id=post["id"]))["status"] == "UNCONFIRMED"


async def test_once_it_is_confirmed_it_is_published(alice: User, post: Any) -> None:
    url = "https://x.com/i/web/status/17"
    await alice.do(CONFIRM_PUBLICATION, id=(await on(alice, post))["id"], url=url)
    assert (await alice.post(post["id"]))["status"] == "PUBLISHED"
