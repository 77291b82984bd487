"""deletePost: the post goes; queues that repeat it stay, without an original."""

from typing import Any

from support.api import CLONE_POST, DELETE_POST, User
from support.clock import FakeClock
from support.rows import set_publication
from support.ticks import Tick

from perennial.core.states import PublicationStatus
from perennial.db.models import Post, Publication


async def test_a_deleted_post_is_gone_with_its_publications_and_answers_its_id(alice: User) -> None:
    post, kept = await alice.create_post(x="Hello"), await alice.create_post(x="Hi")
    assert await alice.do(DELETE_POST, id=post["id"]) == post["id"]
    assert await alice.post(post["id"]) is None
    assert [str(row.id) for row in await Post.all()] == [kept["id"]]
    assert [str(row.post_id) for row in await Publication.all()] == [kept["id"]]
    assert (await alice.refused(DELETE_POST, id=post["id"])).code == "NOT_FOUND"


async def test_a_queue_that_repeats_it_stays_without_an_original(alice: User, queue: Any) -> None:
    await alice.do(DELETE_POST, id=queue["originalPostId"])
    assert await alice.queue(queue["id"]) == queue | {"originalPostId": None, "originalPost": None}


async def test_a_queue_without_its_original_completes_at_its_next_tick(
    alice: User, clock: FakeClock, queue: Any, tick: Tick
) -> None:
    await alice.do(DELETE_POST, id=queue["originalPostId"])
    clock.advance(hours=1)
    await tick()
    completed = await alice.queue(queue["id"])
    assert (completed["status"], completed["statusReason"]) == ("COMPLETED", "ORIGINAL_POST_DELETED")
    (row,) = completed["executions"]["nodes"]
    assert (row["outcome"], row["reason"], row["post"]) == ("SKIPPED", "ORIGINAL_POST_DELETED", None)


async def test_a_copy_outlives_its_original_and_still_names_it(alice: User) -> None:
    post = await alice.create_post(x="Hello")
    copy = await alice.do(CLONE_POST, id=post["id"])
    await alice.do(DELETE_POST, id=post["id"])
    assert (await alice.post(copy["id"]))["clonedFromId"] == post["id"]


async def test_a_post_that_is_being_published_cannot_be_deleted(alice: User, queue: Any) -> None:
    await set_publication(queue["originalPost"], PublicationStatus.PUBLISHING, "LINKEDIN")
    assert (await alice.refused(DELETE_POST, id=queue["originalPostId"])).code == "CONFLICT"
    assert (await alice.queue(queue["id"]))["originalPost"]["status"] == "PUBLISHING"


async def test_a_published_post_can_be_deleted(alice: User) -> None:
    post = await alice.create_post(x="Hello")
    await set_publication(post, PublicationStatus.PUBLISHED)
    await alice.do(DELETE_POST, id=post["id"])
    assert await alice.post(post["id"]) is None
