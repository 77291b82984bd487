"""clonePost: a new draft with the same texts, and nothing of the original's fate."""

from datetime import timedelta

from support.api import CLONE_POST, User
from support.clock import FakeClock
from support.rows import set_publication

from perennial.core.instants import instant
from perennial.core.states import PublicationStatus


async def test_a_copy_is_a_draft_with_the_same_texts_that_names_its_original(alice: User, clock: FakeClock) -> None:
    post = await alice.create_post(linkedin="Hello there", x="Hello")
    clock.advance(minutes=1)
    copy = await alice.do(CLONE_POST, id=post["id"])
    made = {"clonedFromId": post["id"], "createdAt": instant(clock.now), "updatedAt": instant(clock.now)}
    ids = [one["id"] for one in copy["publications"]]
    same = [one | {"id": some_id} for one, some_id in zip(post["publications"], ids, strict=True)]
    assert copy == post | made | {"id": copy["id"], "publications": same}
    assert len({post["id"], copy["id"], *ids, *(one["id"] for one in post["publications"])}) == 6
    assert await alice.post(post["id"]) == post


async def test_a_copy_has_no_times_and_no_results(alice: User, clock: FakeClock) -> None:
    post = await alice.create_post(x="Hello", linkedin="Hello there")
    draft = await alice.do(CLONE_POST, id=post["id"])
    await alice.schedule_post(post["id"], clock.now + timedelta(hours=1))
    result = {"remote_id": "1", "url": "https://x.com/i/web/status/1", "published_time": clock.now, "attempts": 3}
    await set_publication(post, PublicationStatus.PUBLISHED, "X", **result)
    await set_publication(post, PublicationStatus.FAILED, "LINKEDIN", error_code="REFUSED", error_message="No.")
    copy = await alice.do(CLONE_POST, id=post["id"])
    assert copy["status"] == "DRAFT"
    without_ids = [one | {"id": None} for one in copy["publications"]]
    assert without_ids == [one | {"id": None} for one in draft["publications"]]


async def test_a_post_can_be_copied_while_it_is_being_published(alice: User) -> None:
    post = await alice.create_post(x="Hello")
    await set_publication(post, PublicationStatus.PUBLISHING)
    assert (await alice.do(CLONE_POST, id=post["id"]))["status"] == "DRAFT"


async def test_a_copy_of_a_copy_names_the_copy_and_no_queue(alice: User) -> None:
    post = await alice.create_post(x="Hello")
    copy = await alice.do(CLONE_POST, id=post["id"])
    again = await alice.do(CLONE_POST, id=copy["id"])
    assert (again["clonedFromId"], again["createdByQueueId"]) == (copy["id"], None)
