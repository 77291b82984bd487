"""The strips of many queues on the timeline page: all of a user's, a page at a time, and found by their words."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from support.browser import Visit
from support.embedded import login, visiting
from support.story import eventually

USER = "yolanda"
LONG = "A name as long as names may be, for those who garden in the northern part of the town and beyond it."
ARABIC = "ورود الحديقة كل صباح"
WHOLE = [LONG, ARABIC, *(f"Garden {number}" for number in range(3, 31))]
NAMES = "() => [...document.querySelectorAll('#years-list .year-name')].map(one => one.textContent)"
FOCUSED = "() => document.activeElement.closest('[data-queue]')?.querySelector('.year-name').textContent"


@pytest.fixture
async def garden(visit: Visit, port: int) -> Visit:
    """The page with the queues of a user who has thirty, in the order in which they run."""
    async with visiting(port) as site:
        user = await login(site, USER)
        answer = await user.do("{ queues { nodes { id } } }")
        if not answer["nodes"]:
            post = await user.create_post(x="Something for each of the thirty")
            for number, name in enumerate(WHOLE):
                time = datetime.now(UTC) + timedelta(days=1, minutes=number)
                await user.create_queue(post["id"], time, interval=30, name=name)
    await visit.page.goto(f"{visit.root}/sandbox/")
    await visit.page.locator("#years-user").select_option(USER)
    await shown(visit, WHOLE[:1])
    return visit


async def shown(visit: Visit, names: list[str]) -> None:
    """Waits until these strips are on the page, in this order, and no others."""

    async def look() -> bool:
        return bool(await visit.page.evaluate(NAMES) == names)

    await eventually(look, f"the strips of {names} are shown")


async def says(visit: Visit, words: str) -> None:
    await eventually(partial(_has_words, visit, words), words)


async def _has_words(visit: Visit, words: str) -> bool:
    return await visit.page.locator("#years-count").inner_text() == words


async def test_all_strips_of_a_user_are_there_a_page_at_a_time(garden: Visit) -> None:
    await says(garden, "Queue 1 of 30")
    button = garden.page.get_by_role("button", name="Show more")
    assert await button.get_attribute("aria-expanded") == "false"
    await button.press("Enter")
    await shown(garden, WHOLE[:12])
    assert await garden.page.evaluate(FOCUSED) == WHOLE[1], "the focus is on the first that was not there before"
    before, after = garden.page.get_by_role("button", name="Previous"), garden.page.get_by_role("button", name="Next")
    assert await before.get_attribute("aria-disabled") == "true"
    await after.press("Enter")
    await shown(garden, WHOLE[12:24])
    await says(garden, "Queues 13 to 24 of 30")
    assert await garden.page.evaluate("() => document.activeElement.id") == "years-title"
    await after.press("Enter")
    await shown(garden, WHOLE[24:])
    assert await after.get_attribute("aria-disabled") == "true"
    await after.press("Enter")  # leads nowhere
    await before.press("Enter")
    await shown(garden, WHOLE[12:24])
    await garden.page.get_by_role("button", name="Show fewer").press("Enter")
    await shown(garden, WHOLE[:1])


async def test_queues_are_found_by_words_as_they_are_typed(garden: Visit) -> None:
    field = garden.page.get_by_role("searchbox", name="Find queues by name or text")
    await field.press_sequentially("garden 2")
    await shown(garden, [f"Garden {number}" for number in range(20, 30)])
    await says(garden, "10 queues")
    await field.fill("ورود")
    await shown(garden, [ARABIC])
    await field.fill("nothing of that kind")
    await garden.page.get_by_text("No queue has these words in its name or in a text.").wait_for()
    assert await field.is_visible()
    await field.fill("thirty")
    await shown(garden, WHOLE[:12])
    await says(garden, "Queues 1 to 12 of 30")


async def test_another_user_who_is_chosen_begins_at_their_first(garden: Visit) -> None:
    await garden.page.get_by_role("button", name="Show more").click()
    await shown(garden, WHOLE[:12])
    await garden.page.get_by_role("button", name="Next").click()
    await shown(garden, WHOLE[12:24])
    await garden.page.locator("#years-user").select_option("demo")
    assert await garden.page.locator("#user").input_value() == "demo", "the posts are those of the same user"
    names = "() => [...document.querySelectorAll('#years-list .name')].every(one => one.textContent === 'demo')"
    await garden.page.wait_for_function(names)
    assert (await garden.page.locator("#years-count").inner_text()).split()[0] != "Queues 13"
    await garden.page.locator("#user").select_option(USER)
    await shown(garden, WHOLE[:12])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
async def test_many_strips_are_no_wider_than_the_page(garden: Visit, width: int, scheme: str) -> None:
    await garden.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await garden.page.set_viewport_size({"width": width, "height": 844})
    await garden.page.get_by_role("button", name="Show more").click()
    await shown(garden, WHOLE[:12])
    assert await garden.page.evaluate("() => document.documentElement.scrollWidth") == width
    await garden.look(f"years-{width}-{scheme}")
    await garden.page.get_by_role("button", name="Next").scroll_into_view_if_needed()
    await garden.look(f"years-{width}-{scheme}-end")
