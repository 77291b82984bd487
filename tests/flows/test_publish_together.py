"""Many workers at once: each text arrives exactly once."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from datetime import timedelta

import httpx2
from conftest import FakeClock
from support.publishing import another_process, arrived

from perennial.models import Publication
from perennial.platforms.base import Tokens
from perennial.process import Process
from perennial.states import Platform, PublicationStatus

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
