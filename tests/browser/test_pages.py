"""The pages beside the explorer and the timeline: the first one, and the one that says that there is nothing."""

import pytest
from support.browser import Visit

# How far the page is wider than the screen, how wide its text is, and the colours of its ground and its words.
SEEN = """() => [
    document.documentElement.scrollWidth - innerWidth,
    document.querySelector('p').getBoundingClientRect().width,
    ...['backgroundColor', 'color'].map(name => getComputedStyle(document.body)[name].match(/\\d+/g).map(Number)),
]"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
async def test_they_are_styled_for_every_screen_by_day_and_by_night(visit: Visit, width: int, scheme: str) -> None:
    await visit.page.set_viewport_size({"width": width, "height": 844})
    await visit.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for name, path in (("home", "/"), ("not-found", "/nothing-here"), ("not-found-sandbox", "/sandbox/nothing-here")):
        await visit.page.goto(visit.root + path)
        await visit.look(f"{name}-{width}-{scheme}")
        beyond, text, ground, words = await visit.page.evaluate(SEEN)
        assert beyond <= 0
        assert min(width - 40, 536) == text
        assert (sum(ground) < sum(words)) == (scheme == "dark")
    assert all(
        "404" in one for one in visit.forgiven()
    )  # a browser calls each of them an error, and complains of nothing else


async def test_the_first_page_leads_to_the_explorer_and_to_the_timeline(visit: Visit) -> None:
    for name, path in (("Explorer", "/graphql"), ("Timeline", "/sandbox/")):
        await visit.page.goto(visit.root)
        await visit.page.get_by_role("link", name=name).click()
        await visit.page.wait_for_url(visit.root + path)
