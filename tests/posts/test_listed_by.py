"""What a post's row says of its publications is right, or a worker mends it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs
from support.api import User
from support.clock import FakeClock
from support.rows import set_publication

from perennial.core import mending
from perennial.core.states import PublicationStatus
from perennial.db.models import Post
from perennial.posts import listed_by


async def listed(post: Any) -> tuple[str, Any]:
    row = await Post.get(id=post["id"])
    return row.platforms, row.earliest_time


async def mend() -> list[Any]:
    """Compares all posts; returns what is logged."""
    with capture_logs() as logs:
        await listed_by.mender().mend_some()
    return logs


@pytest.mark.parametrize("wrong", [{"platforms": "x"}, {"earliest_time": None}, {"platforms": ""}], ids=str)
async def test_a_post_that_is_listed_wrongly_is_mended_and_logged(
    alice: User, clock: FakeClock, wrong: dict[str, Any]
) -> None:
    post = await alice.create_post(x="Hello", linkedin="Hello there")
    soon = clock.now + timedelta(minutes=1)
    await alice.schedule_post(post["id"], clock.now + timedelta(hours=1), linkedin=soon)
    await Post.filter(id=post["id"]).update(**wrong)
    (line,) = await mend()
    assert (line["event"], line["post"], line["owner"]) == ("post.listing_mended", post["id"], "alice")
    assert await listed(post) == ("linkedin,x", soon)
    assert await mend() == []


async def test_a_draft_whose_row_has_a_time_left_loses_it(alice: User, clock: FakeClock) -> None:
    post = await alice.create_post(x="Hello")
    await Post.filter(id=post["id"]).update(earliest_time=clock.now)
    assert [line["event"] for line in await mend()] == ["post.listing_mended"]
    assert await listed(post) == ("x", None)


async def test_posts_that_are_right_are_left_alone(alice: User, bob: User, clock: FakeClock) -> None:
    for user in (alice, bob):
        await user.create_post(x="A draft")
        scheduled = await user.create_post(x="Hello", linkedin="Hello there")
        await user.schedule_post(scheduled["id"], clock.now + timedelta(hours=1))
    await set_publication(scheduled, PublicationStatus.PUBLISHED, "X")
    before = await Post.all().order_by("id").values()
    clock.advance(minutes=1)
    assert await mend() == []
    assert await Post.all().order_by("id").values() == before


async def test_a_walk_goes_on_where_it_was_and_begins_anew_after_the_last(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mending, "SLICE_SIZE", 1)
    monkeypatch.setattr(mending, "SLICES", 2)
    posts = [await alice.create_post(x=f"Number {number}") for number in range(3)]
    mender = listed_by.mender()
    for expected in (posts[:2], posts[2:], posts[:2]):
        await Post.all().update(platforms="")
        await mender.mend_some()
        mended = [row.id for row in await Post.filter(platforms="x").order_by("id")]
        assert mended == [UUID(post["id"]) for post in expected]
