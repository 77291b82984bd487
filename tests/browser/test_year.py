"""The strip of a year on the timeline page: seen, walked along with keys, heard, and narrow."""

from datetime import UTC, datetime, timedelta

import pytest
from support.browser import Visit
from support.embedded import login, visiting

MARKS = "#years-list li:first-child [role='option']"


@pytest.fixture
async def queue(port: int) -> str:
    """A queue of a year's Tuesdays and more, of a user who has no other; her name."""
    async with visiting(port) as site:
        wanda = await login(site, "wanda")
        post = await wanda.create_post(x="Every day of the year")
        await wanda.create_queue(post["id"], datetime.now(UTC) + timedelta(hours=23), interval=1)
    return "wanda"


async def strip(visit: Visit, width: int, scheme: str = "light") -> None:
    """Opens the page at that width, with strips on it."""
    await visit.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await visit.page.set_viewport_size({"width": width, "height": 844})
    await visit.page.goto(f"{visit.root}/sandbox/")
    await visit.page.locator(MARKS).first.wait_for()
    await visit.page.locator("#years-user").select_option("wanda")
    await visit.page.locator("#years-list li", has_text="wanda").first.wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
async def test_it_is_as_wide_as_the_page_and_says_what_it_sums_up(
    visit: Visit, queue: str, width: int, scheme: str
) -> None:
    await strip(visit, width, scheme)
    item = visit.page.locator("#years-list li", has_text=queue).first
    assert await item.get_by_role("option").count() >= 180
    assert "182 planned" in str(await item.get_by_role("listbox").get_attribute("aria-label"))
    assert await visit.page.evaluate("() => document.documentElement.scrollWidth") == width
    await visit.look(f"year-{width}-{scheme}")


async def test_keys_walk_along_the_days_and_each_is_told(visit: Visit, queue: str) -> None:
    await strip(visit, 390)
    item = visit.page.locator("#years-list li", has_text=queue).first
    said, first = item.locator(".said"), item.locator("[role='option']").first
    assert await item.locator("[tabindex='0']").count() == 1, "the strip is one stop on the way of the tab key"
    await item.locator("[tabindex='0']").focus()
    await visit.page.keyboard.press("Home")
    told = await said.inner_text()
    assert told == await first.get_attribute("aria-label")
    assert await first.get_attribute("aria-selected") == "true"
    for key, back in (("ArrowRight", "ArrowLeft"), ("ArrowDown", "ArrowUp")):
        await visit.page.keyboard.press(key)
        assert await said.inner_text() != told
        await visit.page.keyboard.press(back)
        assert await said.inner_text() == told
    await visit.page.keyboard.press("End")
    last = item.locator("[role='option']").last
    assert await said.inner_text() == await last.get_attribute("aria-label")
    box, frame = await last.bounding_box(), await item.bounding_box()
    assert box is not None
    assert frame is not None
    assert box["x"] + box["width"] <= frame["x"] + frame["width"], "what has the focus is in sight"


async def test_a_user_who_is_chosen_has_their_queues_alone(visit: Visit, queue: str) -> None:
    await strip(visit, 1280)
    assert queue in await visit.page.locator("#years-list").inner_text()
    names = visit.page.locator("#years-list .name")
    await visit.page.locator("#years-user").select_option("demo")
    await visit.page.wait_for_function(
        "() => [...document.querySelectorAll('#years-list .name')].every(one => one.textContent === 'demo')"
    )
    assert await names.count() >= 1


async def test_today_is_marked_also_where_something_runs(visit: Visit, queue: str) -> None:
    await strip(visit, 1280)
    item = visit.page.locator("#years-list li", has_text=queue).first
    assert await item.locator(".year-strip > :last-child").get_attribute("class") == "today", "nothing is drawn over it"
    assert "today" in await visit.page.locator("#years-key").inner_text()


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"planned": 3}, "3 planned."),
        ({"blocked": 50}, "50 planned, 50 of them with something in their way."),
        ({"blocked": 1, "planned": 49}, "50 planned, 1 of them with something in its way."),
        ({"blocked": 1}, "1 planned, with something in its way."),
        ({"ran": 3, "partly": 2, "gone": 1}, "5 published (2 of them in part), 1 of unknown outcome (deleted since)."),
        ({"partly": 1, "unclear": 1}, "1 published in part, 1 that may be out or not."),
    ],
)
async def test_a_part_of_what_is_counted_is_counted_among_it(visit: Visit, counts: dict[str, int], words: str) -> None:
    await visit.page.goto(f"{visit.root}/sandbox/")
    days = [{"state": state} for state, number in counts.items() for _ in range(number)]
    assert await visit.page.evaluate("queue => summaryOf(queue)", {"status": "ACTIVE", "days": days}) == words
