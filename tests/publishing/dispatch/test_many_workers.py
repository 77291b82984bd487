"""Many workers at once: each text arrives exactly once."""

import asyncio
import contextvars
from collections import Counter
from contextlib import AsyncExitStack
from datetime import timedelta

import httpx2
import pytest
from support.api import UNSCHEDULE_POST, User
from support.clock import FakeClock
from support.publishing import another_process, arrived, claim_due, due_post, on
from support.races import Pause, meanwhile

from perennial.core.states import Platform, PublicationStatus
from perennial.db.models import Publication
from perennial.db.transactions import transaction
from perennial.platforms.transport import Receipt, Tokens
from perennial.process import Process
from perennial.publishing import publication_rows
from perennial.publishing._recording import record
from perennial.publishing.claims import ClaimResult

OWNERS = 50
POSTS = 2


async def prepare(process: Process, clock: FakeClock) -> set[str]:
    """Two posts on both platforms for each of fifty owners, all due; returns their texts."""
    texts, time = set(), clock.now + timedelta(minutes=1)
    for owner in (f"owner-{number}" for number in range(OWNERS)):
        for platform in Platform:
            await process.accounts.connect(owner, platform, Tokens(f"sandbox-{owner}", None, None), clock.now)
        for number in range(POSTS):
            wanted = [(platform, f"{owner} {number} {platform}") for platform in Platform]
            post = await process.posts.create(owner, wanted, clock.now)
            await process.posts.schedule(owner, post.id, time, {}, clock.now)
            texts |= {text for _, text in wanted}
    clock.now = time
    return texts


async def test_two_hundred_publications_and_four_workers_make_two_hundred_requests(
    process: Process, clock: FakeClock, sandbox: httpx2.AsyncClient
) -> None:
    texts = await prepare(process, clock)
    async with AsyncExitStack() as stack:
        limits = (7, 20, 50, 100)
        workers = [
            await stack.enter_async_context(another_process(process, platform_requests_max=limit)) for limit in limits
        ]
        results = await asyncio.gather(*(one.publisher.publish_due() for one in workers for _ in range(2)))
    assert sum(results, Counter()) == {"published": OWNERS * POSTS * 2}
    assert Counter(await arrived(sandbox)) == Counter(texts)
    assert await Publication.filter(status=PublicationStatus.PUBLISHED, attempts=1).count() == len(texts)


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
async def test_two_results_of_one_post_that_come_at_once_leave_it_published(
    alice: User, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each sees what the other wrote, or the post would stay as it was for good."""
    await alice.connect("X", "LINKEDIN")
    post = await due_post(alice, clock, x="Hello", linkedin="Hello there")
    first, second = [ClaimResult(one, Receipt("17", "u")) for one in await claim_due(clock, "X", "LINKEDIN")]
    pause = Pause(publication_rows.update_post_status)
    monkeypatch.setattr(publication_rows, "update_post_status", pause)
    await meanwhile(pause, record([first]), record([second]))
    assert (await alice.post(post["id"]))["status"] == "PUBLISHED"


async def test_an_owner_who_comes_while_a_post_is_being_claimed_waits_and_is_too_late(
    alice: User, clock: FakeClock, process: Process
) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    async with transaction():
        assert await claim_due(clock)
        refused = alice.refused(UNSCHEDULE_POST, id=post["id"])
        unscheduling = asyncio.create_task(refused, context=contextvars.Context())  # not of this transaction
        assert not (await asyncio.wait([unscheduling], timeout=0.2))[0]
    assert (await unscheduling).code == "CONFLICT"
    assert (await on(alice, post))["status"] == "PUBLISHING"
