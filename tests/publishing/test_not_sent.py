"""publish_due, where nothing reached the platform: tried again after growing pauses, five times at most."""

from datetime import datetime, timedelta
from itertools import pairwise

import httpx2
from support.api import User
from support.clock import FakeClock
from support.processes import free_port
from support.publishing import another_process, arrived, due_post, on, row

from perennial.process import Process
from perennial.publishing.outcomes import ATTEMPTS_MAX


def nobody_there() -> str:
    """A platform's URL where nobody listens."""
    return f"http://127.0.0.1:{free_port()}"


async def attempt_times(process: Process, clock: FakeClock, post: object) -> list[datetime]:
    """When the post was tried, each time at the moment that was kept for it, until it is scheduled no more."""
    times = []
    while (time := (await row(post)).next_attempt_time) is not None:
        clock.now = max(clock.now, time)
        assert await process.publisher.publish_due()
        times.append(clock.now)
    return times


async def test_an_unreachable_platform_is_tried_five_times_with_growing_pauses(
    alice: User, clock: FakeClock, process: Process
) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    async with another_process(process, x_api_url=nobody_there()) as cut_off:
        times = await attempt_times(cut_off, clock, post)
    assert len(times) == ATTEMPTS_MAX == 5
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert pauses == sorted(set(pauses))
    assert pauses[0] >= timedelta(seconds=1)


async def test_after_the_fifth_attempt_the_post_failed_with_the_last_words(
    alice: User, clock: FakeClock, process: Process
) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    async with another_process(process, x_api_url=nobody_there()) as cut_off:
        await attempt_times(cut_off, clock, post)
    shown = await on(alice, post)
    assert (shown["status"], shown["attempts"], shown["errorCode"]) == ("FAILED", 5, "UNREACHABLE")
    assert shown["errorMessage"].startswith("The platform cannot be reached:")
    assert (await alice.post(post["id"]))["status"] == "FAILED"


async def test_between_two_attempts_the_post_is_scheduled_and_says_why(
    alice: User, clock: FakeClock, process: Process
) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    async with another_process(process, x_api_url=nobody_there()) as cut_off:
        assert await cut_off.publisher.publish_due() == {"scheduled": 1}
        assert not await cut_off.publisher.publish_due()
    shown = await on(alice, post)
    assert (shown["status"], shown["attempts"], shown["errorCode"]) == ("SCHEDULED", 1, "UNREACHABLE")
    assert (await alice.post(post["id"]))["status"] == "SCHEDULED"


async def test_a_platform_that_comes_back_publishes_at_the_next_attempt(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    async with another_process(process, x_api_url=nobody_there()) as cut_off:
        await cut_off.publisher.publish_due()
    clock.advance(minutes=1)
    await process.publisher.publish_due()
    shown = await on(alice, post)
    assert (shown["status"], shown["attempts"], shown["errorCode"]) == ("PUBLISHED", 2, None)
    assert await arrived(sandbox) == ["Hello"]


async def test_an_unreachable_x_does_not_hold_up_linkedin(alice: User, clock: FakeClock, process: Process) -> None:
    await alice.connect("X", "LINKEDIN")
    post = await due_post(alice, clock, x="Hello", linkedin="Hello there")
    async with another_process(process, x_api_url=nobody_there()) as cut_off:
        await cut_off.publisher.publish_due()
    assert (await on(alice, post, "LINKEDIN"))["status"] == "PUBLISHED"
    assert (await on(alice, post, "X"))["status"] == "SCHEDULED"
