"""What the explorer leaves in its visitor's browser: a history, and no token."""

import json
from uuid import uuid4

import pytest
from support.browser import Visit
from support.story import eventually

# Everything that the page has in the browser's two storages.
KEPT = "() => JSON.stringify([localStorage, sessionStorage].map(one => Object.entries(one)))"
HUSH = "of-nobodys-business"
CONNECTING = f"""
mutation Connecting($token: String!) {{
  connectAccount(input: {{platform: X, accessToken: "{HUSH}", refreshToken: $token}}) {{ account {{ id }} }}
}}
"""


@pytest.fixture(params=["embedded", "production"])
async def mode(request: pytest.FixtureRequest, visit: Visit) -> str:
    """The mode that the page is told to be in."""
    if request.param == "production":
        await visit.in_production()
    return str(request.param)


async def opened(visit: Visit, mode: str) -> str:
    """Opens the explorer and puts alice's token into its headers; the name of the first tab's operation."""
    await visit.open()
    answer = await visit.page.request.post(f"{visit.root}/sandbox/token", data={"user": "alice"})
    await visit.write("request-headers.json", json.dumps({"Authorization": f"Bearer {(await answer.json())['token']}"}))
    last = str(uuid4())
    await visit.write("operation.graphql", f"{await visit.read('operation.graphql')}\n# {last}")
    await kept(visit, last)  # what is typed is taken over after a while, the headers before the operation
    return {"embedded": "Connect", "production": "MyQueues"}[mode]


async def kept(visit: Visit, *words: str) -> str:
    """What is kept, once these words are in it."""

    async def look() -> str | None:
        everything = str(await visit.page.evaluate(KEPT))
        return everything if all(word in everything for word in words) else None

    return await eventually(look, f"{words} are kept")


async def test_no_token_is_kept_in_the_browser(visit: Visit, mode: str) -> None:
    tab = await opened(visit, mode)
    assert (await visit.press(tab))["data"]
    await visit.page.get_by_label("Show History").click()
    await visit.page.get_by_label("Add favorite").first.click()
    everything = await kept(visit, "graphiql:queries", "graphiql:favorites", "graphiql:tabState", tab)
    assert "Bearer" not in everything
    assert "eyJ" not in everything


async def test_no_token_of_a_platform_is_kept_in_the_browser(visit: Visit, mode: str) -> None:
    await opened(visit, mode)
    await visit.write("operation.graphql", CONNECTING)
    await visit.write("variables.json", json.dumps({"token": HUSH, "other": "variable"}))
    assert "errors" in await visit.press("Connecting")
    everything = await kept(visit, "graphiql:queries", "graphiql:variables", "connectAccount", "other")
    assert HUSH not in everything


async def test_nobody_is_offered_to_have_headers_kept(visit: Visit, mode: str) -> None:
    await opened(visit, mode)
    await visit.page.get_by_label("Open settings dialog").click()
    await visit.page.get_by_text("Clear storage").wait_for()
    assert await visit.page.get_by_text("Persist headers").count() == 0


async def test_what_is_in_the_history_runs_again_with_the_headers_there_are(visit: Visit, mode: str) -> None:
    tab = await opened(visit, mode)
    answer = await visit.press(tab)
    await kept(visit, "graphiql:queries", tab)
    await opened(visit, mode)
    headers = await visit.read("request-headers.json")
    await visit.write("operation.graphql", "{ __typename }")
    await visit.page.get_by_label("Show History").click()
    await visit.page.locator(".graphiql-history-item-label", has_text=tab).first.click()
    assert (await visit.press(tab))["data"] == answer["data"]
    assert await visit.read("request-headers.json") == headers
    await visit.look(f"history-{mode}")
