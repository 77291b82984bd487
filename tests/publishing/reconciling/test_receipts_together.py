"""One post of the platform's that two of ours are taken for at the same moment: one of them gets its receipt."""

from typing import Any

import pytest
from support.api import CONFIRM_PUBLICATION, User
from support.clock import FakeClock
from support.publishing import claim_due, due_post, on
from support.races import Pause, meanwhile
from support.rows import set_publication

from perennial.core.platform_errors import Duplicate
from perennial.core.states import PublicationStatus
from perennial.db.models import Publication
from perennial.posts import publications
from perennial.publishing import _recording
from perennial.publishing._recording import record
from perennial.publishing.claims import ClaimResult

URN = "urn:li:share:7141"
URL = f"https://www.linkedin.com/feed/update/{URN}"

pytestmark = pytest.mark.parametrize("database", ["postgres"], indirect=True)


@pytest.fixture
async def posts(alice: User, clock: FakeClock) -> list[Any]:
    """Two of Alice's, of one text, both due on LinkedIn."""
    await alice.connect("LINKEDIN")
    return [await due_post(alice, clock, linkedin="Hello") for _ in range(2)]


async def test_two_that_are_confirmed_at_once_with_one_url(
    alice: User, clock: FakeClock, posts: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for post in posts:
        await set_publication(post, PublicationStatus.UNCONFIRMED, request_started_time=clock.now)
    first, second = [{"id": (await on(alice, post, "LINKEDIN"))["id"], "url": URL} for post in posts]
    pause = Pause(publications.lock_receipts)
    monkeypatch.setattr(publications, "lock_receipts", pause)
    refusal = await meanwhile(
        pause, alice.do(CONFIRM_PUBLICATION, **first), alice.refused(CONFIRM_PUBLICATION, **second)
    )
    assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "url")
    assert await states(alice, posts) == ["PUBLISHED", "UNCONFIRMED"]


async def test_two_retries_that_are_called_duplicates_of_one_post_at_once(
    alice: User, clock: FakeClock, posts: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    await Publication.all().update(unclear_since=clock.now)
    claimed = await claim_due(clock, "LINKEDIN")
    first, second = [ClaimResult(one, Duplicate("It is there.", URN, URL)) for one in claimed]
    pause = Pause(_recording.recorded_remote_ids)
    monkeypatch.setattr(_recording, "recorded_remote_ids", pause)
    await meanwhile(pause, record([first]), record([second]))
    assert sorted(await states(alice, posts)) == ["PUBLISHED", "UNCONFIRMED"]


async def states(user: User, posts: list[Any]) -> list[str]:
    return [(await on(user, post, "LINKEDIN"))["status"] for post in posts]
