"""The explorer in a browser whose network is cut: the story, each tab by itself, the way to the timeline."""

import json
import re
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.browser import TABS, Visit
from support.story import BOTH, eventually

from perennial.api.explorer.page import BUILT

if TYPE_CHECKING:
    from playwright.async_api import Response

BACKGROUNDS = """() => ['.bar', '.graphiql-container'].map(
    one => getComputedStyle(document.querySelector(one)).backgroundColor
)"""


def published(visit: Visit, time: str) -> set[str]:
    """The platforms on which the subscription has said that what was scheduled for then is published.

    The demonstration's queue falls due meanwhile as well.
    """
    heard = [one["data"]["publicationUpdated"] for one in visit.news]
    return {one["platform"] for one in heard if one["url"] and one["scheduledTime"] == time}


async def test_the_tabs_tell_the_story_in_order(visit: Visit) -> None:
    await visit.open()
    await visit.look("light-0-opened")
    answers = {}
    for number, tab in enumerate(TABS, start=1):
        answers[tab] = await visit.run(tab)
        if tab == "WatchItGoOut":
            time = answers["QueueIt"]["data"]["createQueue"]["queue"]["nextScheduledTime"]
            await eventually(partial(both, visit, time), "the subscription tells of both platforms", 60)
        await visit.look(f"light-{number}-{tab}")
    assert {one["platform"] for one in answers["Connect"]["data"]["accounts"]} == BOTH
    assert answers["WriteAPost"]["data"]["createPost"]["post"]["status"] == "DRAFT"
    queue = answers["QueueIt"]["data"]["createQueue"]["queue"]
    (ledger,) = [one for one in answers["ReadTheLedger"]["data"]["queues"]["nodes"] if one["id"] == queue["id"]]
    (execution,) = ledger["executions"]["nodes"]
    assert (execution["scheduledTime"], execution["outcome"]) == (queue["nextScheduledTime"], "EXECUTED")
    assert {one["platform"] for one in execution["post"]["publications"] if one["url"]} == BOTH
    assert "LinkedIn: published" in execution["explanation"]
    (ahead, *_) = [
        one for one in answers["KnowAhead"]["data"]["upcoming"]["nodes"] if one["queue"]["id"] == queue["id"]
    ]
    assert ahead["scheduledTime"] == ledger["nextScheduledTime"]
    steered(answers["Steer"]["data"])


def steered(steps: dict[str, Any]) -> None:
    """Checks that each step of the last tab did what it is for."""
    after = [steps[name]["queue"]["upcoming"] for name in ("skipOccurrence", "moveOccurrence", "restoreOccurrence")]
    assert [[one["skipped"] for one in three] for three in after] == [[True, False, False]] * 2 + [[False] * 3]
    assert [[bool(one["movedFrom"]) for one in three] for three in after] == [[False] * 3] + [[False, True, False]] * 2
    assert (steps["pauseQueue"]["queue"]["status"], steps["resumeQueue"]["queue"]["status"]) == ("PAUSED", "ACTIVE")
    assert steps["resumeQueue"]["queue"]["nextLocalTime"] == steps["runQueueNow"]["queue"]["nextLocalTime"]
    assert steps["pauseAllQueues"]["count"] == steps["resumeAllQueues"]["count"] > 0
    assert steps["runQueueNow"]["execution"]["extra"]
    assert steps["runQueueNow"]["queue"]["executionCount"] == 1


async def test_whoever_likes_it_dark_has_every_tab_and_its_answer_in_the_dark(visit: Visit) -> None:
    await visit.page.emulate_media(color_scheme="dark")
    await visit.open()
    await visit.look("dark-0-opened")
    for number, tab in enumerate(TABS, start=1):
        await visit.choose(tab)
        if tab != "WatchItGoOut":
            await visit.press(tab)
        await visit.look(f"dark-{number}-{tab}")
    for colour in await visit.page.evaluate(BACKGROUNDS):
        assert max(int(part) for part in re.findall(r"\d+", colour)[:3]) < 80


async def test_a_tab_says_what_it_will_show_until_it_shows_it(visit: Visit) -> None:
    await visit.open()
    preview = visit.page.get_by_label("What the answer will show")
    for tab in TABS:
        await visit.choose(tab)
        assert await preview.is_visible(), tab
    await visit.run("Connect")
    assert await preview.count() == 0
    await visit.choose("QueueIt")
    assert "ACTIVE" in await preview.inner_text()
    await visit.choose("Connect")  # which has its answer still
    assert await preview.count() == 0


async def both(visit: Visit, time: str) -> bool:
    return published(visit, time) == BOTH


@pytest.mark.parametrize("tab", [tab for tab in TABS if tab != "WatchItGoOut"])
async def test_each_tab_runs_as_it_stands_and_again(visit: Visit, tab: str) -> None:
    await visit.open()
    for _ in range(2):
        answer = await visit.run(tab)
        assert answer["data"]
        assert "errors" not in answer


@pytest.mark.parametrize(("tab", "field"), [("WatchItGoOut", "publicationUpdated"), ("ReadTheLedger", "queues")])
async def test_whoever_runs_a_tab_as_soon_as_it_is_there_runs_that_tab(visit: Visit, tab: str, field: str) -> None:
    await visit.open()
    answer = await visit.dash(tab)
    assert list(answer["data"]) == [field]
    assert "errors" not in answer


async def test_what_is_sent_stands_in_the_variables(visit: Visit) -> None:
    browser = await visit.page.context.new_cdp_session(visit.page)
    await browser.send("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Tokyo"})
    await visit.open()
    before = datetime.now(UTC)
    written = await visit.run("WriteAPost")
    await visit.run("QueueIt")
    variables = json.loads(await visit.read("variables.json"))
    assert variables["post"] == written["data"]["createPost"]["post"]["id"]
    assert datetime.fromisoformat(variables["firstTime"]) > before
    assert variables["timezone"] == "Asia/Tokyo"
    assert "The queue falls due in" in await visit.page.locator(".bar-news").inner_text()


async def test_an_id_and_a_time_that_the_visitor_puts_into_the_variables_are_kept(visit: Visit) -> None:
    await visit.open()
    headers = json.loads(await visit.read("request-headers.json"))
    asked = {"query": "{ queues(first: 1) { nodes { originalPostId } } }"}
    answer = await (await visit.page.request.post(f"{visit.root}/graphql", data=asked, headers=headers)).json()
    (queue,) = answer["data"]["queues"]["nodes"]
    given = {
        "post": queue["originalPostId"],
        "name": "Mornings",
        "firstTime": "2040-01-01T09:00:00.000Z",
        "timezone": "Europe/Berlin",
    }
    await visit.choose("QueueIt")
    await visit.write("variables.json", json.dumps(given))
    queue = (await visit.press("QueueIt"))["data"]["createQueue"]["queue"]
    assert (queue["name"], queue["nextScheduledTime"]) == (given["name"], given["firstTime"])
    assert queue["nextLocalTime"] == "2040-01-01T10:00:00"
    assert json.loads(await visit.read("variables.json")) == given


async def test_a_queue_that_the_visitor_puts_into_the_variables_is_steered(visit: Visit) -> None:
    await visit.open()
    queue = (await visit.run("QueueIt"))["data"]["createQueue"]["queue"]
    await visit.choose("Steer")
    await visit.write("variables.json", json.dumps({"queue": queue["id"], "until": "2040-01-01T09:00:00.000Z"}))
    steps = (await visit.press("Steer"))["data"]
    assert steps["skipOccurrence"]["queue"]["upcoming"][0]["localTime"] == queue["nextLocalTime"]
    assert steps["pauseQueue"]["queue"]["pausedUntil"] == "2040-01-01T09:00:00.000Z"
    assert json.loads(await visit.read("variables.json"))["queue"] == queue["id"]


async def test_less_than_half_of_what_was_built_has_to_be_sent(visit: Visit) -> None:
    sent: dict[str, int] = {}

    def note(response: "Response") -> None:
        if "/assets/" in response.url:
            sent[Path(response.url).name] = int(response.headers["content-length"])

    visit.page.on("response", note)
    await visit.open()
    assert len(sent) > 5
    assert sum(sent.values()) < sum((BUILT / "assets" / name).stat().st_size for name in sent) / 2


async def test_the_schema_is_there_to_be_read(visit: Visit) -> None:
    await visit.open()
    await visit.page.get_by_label("Show Documentation Explorer").click()
    await visit.page.get_by_text("Root Types").wait_for()
    await visit.look("documentation")


async def test_a_link_leads_to_the_timeline_with_what_was_published(visit: Visit) -> None:
    await visit.open()
    async with visit.page.context.expect_page() as opening:
        await visit.page.get_by_role("link", name="Sandbox timeline").click()
    timeline = await opening.value
    await timeline.locator("article").first.wait_for()
    assert timeline.url == f"{visit.root}/sandbox/"
    await timeline.screenshot(path=visit.screenshots / "timeline.png")
