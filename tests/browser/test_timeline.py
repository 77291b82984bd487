"""The timeline page in a browser: what is hidden, what wraps, and what a queue is called."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from support.browser import Visit
from support.embedded import login, visiting
from support.story import eventually

from perennial.embedded.demonstration import NAME

WIDTHS = (1280, 390)
SHOWN = 100  # posts at most, those that are newest
# Each LinkedIn card: whether its text goes on below its lower edge, and whether there is a button that shows more.
FOLDS = """() => [...document.querySelectorAll('.linkedin')].filter(card => card.checkVisibility()).map(card => {
    const text = card.querySelector('.text'), all = document.createRange();
    all.selectNodeContents(text);
    const lowest = Math.max(...[...all.getClientRects()].map(one => one.top + 2));
    return [lowest > text.getBoundingClientRect().bottom, card.querySelector('.unfold').checkVisibility()];
})"""
# Each element with a time in it, and on how many lines it stands.
LINES = """() => [...document.querySelectorAll('time, .at')].filter(one => one.checkVisibility()).map(one => {
    const all = document.createRange();
    all.selectNodeContents(one);
    return [one.textContent, new Set([...all.getClientRects()].map(rect => Math.round(rect.top))).size];
})"""
TEXT = "Tomorrow this comes back, and so it does on each day after"


async def timeline(visit: Visit, width: int) -> None:
    """Opens the timeline at that width, with at least the demonstration's posts on it."""
    await visit.page.set_viewport_size({"width": width, "height": 844})
    await visit.page.goto(f"{visit.root}/sandbox/")
    await visit.page.get_by_role("button", name=NAME, exact=True).first.wait_for()
    await visit.page.reload()  # now that both posts of the demonstration are out
    await visit.page.locator(".origin button").first.wait_for()


def headers(user: str) -> dict[str, str]:
    """What LinkedIn is asked with, for this user."""
    versions = {"LinkedIn-Version": "202609", "X-Restli-Protocol-Version": "2.0.0"}
    return {"Authorization": f"Bearer sandbox-{user}", **versions}


async def publish(visit: Visit, text: str, user: str = "walter") -> str:
    """Publishes the text on LinkedIn; returns the post's id."""
    answer = await visit.page.request.get(f"{visit.root}/sandbox/linkedin/v2/userinfo", headers=headers(user))
    share = {
        "author": f"urn:li:person:{(await answer.json())['sub']}",
        "commentary": text,
        "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    answer = await visit.page.request.post(
        f"{visit.root}/sandbox/linkedin/rest/posts", headers=headers(user), data=share
    )
    assert answer.status == 201, await answer.text()
    return answer.headers["x-restli-id"]


async def folds(visit: Visit, number: int) -> list[tuple[bool, bool]]:
    """Of all LinkedIn cards, once there are so many."""

    async def look() -> list[tuple[bool, bool]]:
        found = [(bool(hidden), bool(button)) for hidden, button in await visit.page.evaluate(FOLDS)]
        return found if len(found) >= number else []

    return await eventually(look, f"there are {number} posts")


async def test_see_more_stands_where_something_is_hidden_and_nowhere_else(visit: Visit) -> None:
    for lines in range(5, 10):
        await publish(visit, "\n".join(f"line {number} of {lines}" for number in range(lines)))
    await timeline(visit, WIDTHS[0])
    for width in (*WIDTHS, WIDTHS[0]):
        await visit.page.set_viewport_size({"width": width, "height": 844})
        await eventually(partial(agreed, visit), f"each button stands where it belongs at {width} px")
        await visit.look(f"timeline-{width}")
        assert {hidden for hidden, _ in await folds(visit, 6)} == {True, False}


async def agreed(visit: Visit) -> bool:
    return all(hidden == button for hidden, button in await folds(visit, 6))


async def test_what_is_hidden_is_there_once_somebody_wants_to_see_it(visit: Visit) -> None:
    await publish(visit, "\n".join(f"{number} is another line" for number in range(9)))
    await timeline(visit, 390)
    card = visit.page.locator(".linkedin", has_text="is another line").first
    await card.get_by_role("button", name="See more").click()
    assert await card.get_by_role("button", name="See more").count() == 0
    assert not any(hidden for hidden, _ in (await folds(visit, 1))[:1])


@pytest.fixture
async def tomorrow(port: int) -> None:
    """A queue that falls due in a little less than a day: no other time takes more room."""
    async with visiting(port) as site:
        walter = await login(site, "walter")
        post = await walter.create_post(x=TEXT)
        await walter.create_queue(post["id"], datetime.now(UTC) + timedelta(hours=23, minutes=59), maxExecutions=1)


@pytest.mark.usefixtures("tomorrow")
@pytest.mark.parametrize("width", [*WIDTHS, 320])
async def test_no_time_is_broken_into_two_lines(visit: Visit, width: int) -> None:
    await timeline(visit, width)
    found = await visit.page.evaluate(LINES)
    assert any(text.startswith("in ") for text, _ in found)
    assert [(text, lines) for text, lines in found if lines != 1] == []
    assert await visit.page.evaluate("() => document.documentElement.scrollWidth") == width


async def test_a_queue_is_called_by_its_name(visit: Visit) -> None:
    await timeline(visit, 390)
    button = visit.page.get_by_role("button", name=NAME, exact=True).first
    assert await button.inner_text() == NAME
    await button.click()
    assert await visit.page.locator("#queue-chip").inner_text() == f"{NAME} ✕"
    await visit.look("timeline-of-one-queue")
    assert await visit.page.locator(".entry:visible").count() == 2


@pytest.mark.usefixtures("tomorrow")
@pytest.mark.parametrize(("user", "name"), [("demo", NAME), ("walter", "“Tomorrow this comes back, and so it…”")])
async def test_a_strip_of_a_year_is_called_by_the_name_or_by_what_is_repeated(
    visit: Visit, user: str, name: str
) -> None:
    await timeline(visit, 390)
    await visit.page.evaluate("user => choose({ user })", user)
    await visit.page.locator("#years-list li", has_text=user).first.wait_for()
    everything = visit.page.locator("#years-all")
    if await everything.is_visible():
        await everything.click()
    assert name in await visit.page.locator("#years-list .year-name").all_inner_texts()


@asynccontextmanager
async def flooded(visit: Visit) -> AsyncIterator[None]:
    """Mallory writes so much that nothing else is among the newest posts; in the end it is gone again."""
    made = list[str]()
    try:
        for number in range(SHOWN):
            made.append(await publish(visit, f"No. {number}", "mallory"))
        yield
    finally:
        for post in made:
            await visit.page.request.delete(
                f"{visit.root}/sandbox/linkedin/rest/posts/{post}", headers=headers("mallory")
            )


async def shows(visit: Visit, user: str) -> bool:
    """Whether there are posts to be seen, all of them the user's."""
    return set(await visit.page.locator(".entry:visible .name").all_inner_texts()) == {user}


async def test_whoever_is_chosen_is_there_however_much_others_write(visit: Visit) -> None:
    """Also somebody who has no queue."""
    await timeline(visit, WIDTHS[0])
    await publish(visit, "The only one", "zoe")
    async with flooded(visit):
        await visit.page.reload()
        await eventually(partial(shows, visit, "mallory"), "the page is full of what mallory wrote")
        for user in ("demo", "zoe", "mallory"):
            await visit.page.locator("#user").select_option(user)
            await eventually(partial(shows, visit, user), f"it shows what {user} wrote")
        await visit.page.locator("#user").select_option("zoe")
        await eventually(partial(shows, visit, "zoe"), "it shows what zoe wrote")
        assert await visit.page.locator("#count").inner_text() == "1 of 1 post"
        assert await visit.page.locator("#news").text_content() == "", "nothing was published meanwhile"
        await visit.look("timeline-of-one-user")


async def test_what_was_not_shown_as_the_connection_broke_is_shown_once_it_is_back(visit: Visit) -> None:
    await timeline(visit, WIDTHS[0])
    broken = asyncio.Event()

    async def break_once(route: Any) -> None:
        await (route.continue_() if broken.is_set() else route.abort())
        broken.set()

    await visit.page.route("**/sandbox/users", break_once)
    await publish(visit, "It comes nevertheless", "zoe")
    await visit.page.get_by_text("It comes nevertheless").wait_for()
    assert broken.is_set()
    visit.troubles.clear()  # the browser's word that the connection broke
