"""The timeline page of queues that run far ahead, are paused, run twice on one day, or whose posts are deleted."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from support.api import DELETE_POST, MOVE_OCCURRENCE, PAUSE_QUEUE, RUN_QUEUE_NOW
from support.browser import Visit
from support.embedded import login, visiting
from support.story import eventually

from perennial.core.instants import instant

DAY = timedelta(days=1)
WIDTHS = pytest.mark.parametrize("width", [1280, 390])
REASON = "On holiday, <b>all</b> of us: ورود"


async def only_queue(port: int, name: str, first: datetime, **given: Any) -> tuple[Any, Any]:
    """A user with one queue that runs first at that time, however often this is asked for; and the queue."""
    async with visiting(port) as site:
        user = await login(site, name)
        if nodes := (await user.do("{ queues { nodes { id status } } }"))["nodes"]:
            return user, nodes[0]
        post = await user.create_post(x=f"{name} has one queue")
        queue = await user.create_queue(post["id"], first, **given)
        if name == "paula":
            await user.do(PAUSE_QUEUE, id=queue["id"], until=instant(datetime.now(UTC) + 20 * DAY), reason=REASON)
        if name == "twain":
            to = datetime.combine((first + DAY).date(), time(6), UTC)
            await user.do(MOVE_OCCURRENCE, queueId=queue["id"], scheduledTime=instant(first), to=instant(to))
        return user, queue


async def strip_of(visit: Visit, user: str, width: int) -> Any:
    """The only strip on the page, once that user is chosen."""
    await visit.page.set_viewport_size({"width": width, "height": 844})
    await visit.page.goto(f"{visit.root}/sandbox/")
    await visit.page.locator("#years-user").select_option(user)
    item = visit.page.locator("#years-list li", has_text=user)
    await item.first.wait_for()
    return item.first


@WIDTHS
async def test_a_queue_that_runs_in_more_than_a_year_says_when(visit: Visit, port: int, width: int) -> None:
    first = datetime.now(UTC).replace(microsecond=0) + 399 * DAY
    await only_queue(port, "farah", first, interval=3650)
    item = await strip_of(visit, "farah", width)
    said = await item.locator(".said").inner_text()
    assert said.startswith(
        "Nothing has run in the half year before today, and nothing is planned in the half year after it. "
        "The next run is on "
    )
    coming = visit.page.locator("#coming-list li", has_text="farah").first.locator(".at")
    await coming.wait_for()
    assert str(first.astimezone().year) in await coming.inner_text()
    assert str(first.astimezone().year) in said
    assert await visit.page.evaluate("() => document.documentElement.scrollWidth") == width
    await visit.look(f"far-ahead-{width}")


@WIDTHS
async def test_a_queue_that_is_paused_says_until_when_and_why(visit: Visit, port: int, width: int) -> None:
    await only_queue(port, "paula", datetime.now(UTC) + DAY, interval=1)
    item = await strip_of(visit, "paula", width)
    head = await item.locator(".year-head").inner_text()
    assert "paused until " in head
    assert REASON in head.replace("\u2068", "").replace("\u2069", "")
    assert (await item.locator(".said").inner_text()).endswith("nothing is planned while the queue is paused.")
    assert await visit.page.evaluate("() => document.documentElement.scrollWidth") == width
    await visit.look(f"paused-{width}")


@WIDTHS
async def test_two_occurrences_of_one_day_are_one_place_that_tells_both(visit: Visit, port: int, width: int) -> None:
    first = datetime.combine(datetime.now(UTC).date() + 3 * DAY, time(12), UTC)
    await only_queue(port, "twain", first, interval=1)
    item = await strip_of(visit, "twain", width)
    places = await item.locator("[role='option']").evaluate_all("all => all.map(one => one.dataset.date)")
    assert len(places) == len(set(places))
    place = item.locator(f"[data-date='{(first + DAY).date()}']")
    words = str(await place.get_attribute("aria-label"))
    assert words.startswith("2 on this day. 1: Planned")
    assert ", 06:00 UTC, moved from" in words
    assert ", 12:00 UTC." in words.partition(" 2: Planned")[2]

    async def is_said() -> bool:
        await place.hover()
        return bool(await item.locator(".said").inner_text() == words)

    await eventually(is_said, "whoever points there reads both")  # the strip may just have been drawn anew
    await visit.look(f"two-on-a-day-{width}")


async def test_of_a_run_whose_post_was_deleted_summary_and_words_say_the_same(visit: Visit, port: int) -> None:
    user, queue = await only_queue(port, "greta", datetime.now(UTC) + DAY, interval=300)
    async with visiting(port) as site:
        user.http = site.http
        post = (await user.do(RUN_QUEUE_NOW, id=queue["id"], idempotencyKey="at once"))["execution"]["post"]
        await eventually(lambda: is_out(user, post["id"]), "it is out")
        await user.do(DELETE_POST, id=post["id"])
    item = await strip_of(visit, "greta", 1280)
    assert (await item.locator(".said").inner_text()).startswith("1 of unknown outcome (deleted since), 1 planned")
    words = str(await item.locator(".mark.gone").get_attribute("aria-label"))
    assert words.startswith("Ran. ")
    assert words.endswith("what became of it is not known any more.")
    await visit.look("deleted-since")


async def is_out(user: Any, post: str) -> bool:
    """Whether the post is published."""
    return bool((await user.post(post))["status"] == "PUBLISHED")
