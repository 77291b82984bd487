"""The explorer of a production: nothing of the sandbox, and no schema is asked for before there is a token."""

import json
from typing import TYPE_CHECKING

from support.browser import Visit
from support.story import eventually

if TYPE_CHECKING:
    from playwright.async_api import Route


async def alices_token(visit: Visit) -> str:
    answer = await visit.page.request.post(f"{visit.root}/sandbox/token", data={"user": "alice"})
    return str((await answer.json())["token"])


async def put_into_the_headers(visit: Visit, token: str) -> None:
    await visit.write("request-headers.json", json.dumps({"Authorization": f"Bearer {token}"}))


async def test_it_has_one_tab_and_room_for_a_token_and_nothing_of_the_sandbox(visit: Visit) -> None:
    asked = await visit.in_production()
    await visit.open()
    await visit.look("production")
    assert json.loads(await visit.read("request-headers.json")) == {"Authorization": "Bearer "}
    assert await visit.page.locator(".graphiql-tab").count() == 1
    assert await visit.page.locator(".bar-link").count() == 0
    assert not [url for url in asked if "sandbox" in url]


async def test_it_opens_without_a_request_to_the_api_and_without_an_error(visit: Visit) -> None:
    asked = await visit.in_production()
    await visit.open()
    await visit.page.get_by_label("Show Documentation Explorer").click()
    await visit.page.get_by_text("No GraphQL schema available").wait_for()
    assert [url for url in asked if url.endswith("/graphql")] == [f"{visit.root}/graphql"]  # the page itself
    assert await visit.read("response.json") == ""
    assert "token into Headers" in await visit.page.locator(".bar-news").inner_text()


async def test_it_asks_for_the_schema_once_a_token_stands_in_the_headers(visit: Visit) -> None:
    await visit.in_production()
    await visit.open()
    await visit.page.get_by_label("Show Documentation Explorer").click()
    await put_into_the_headers(visit, await alices_token(visit))
    await visit.page.get_by_text("Root Types").wait_for()
    assert await visit.page.locator(".bar-news").inner_text() == ""


async def test_it_asks_again_after_a_token_that_was_refused(visit: Visit) -> None:
    await visit.in_production()
    await visit.open()
    await visit.page.get_by_label("Show Documentation Explorer").click()
    await put_into_the_headers(visit, "mistyped")
    await visit.page.get_by_text("Error fetching schema").wait_for()
    assert all("401" in one for one in visit.forgiven())
    await put_into_the_headers(visit, await alices_token(visit))
    await visit.page.get_by_text("Root Types").wait_for()


async def test_whoever_fetches_the_schema_without_a_token_is_told_why_not(visit: Visit) -> None:
    await visit.in_production()
    await visit.open()
    await visit.page.get_by_label("Re-fetch GraphQL schema").click()
    answer = await eventually(lambda: visit.read("response.json"), "there is an answer")
    assert "Introspection needs a bearer token" in answer
    assert all("401" in one for one in visit.forgiven())


async def test_an_open_schema_is_there_without_a_token(visit: Visit) -> None:
    token = await alices_token(visit)

    async def as_alice(route: "Route") -> None:
        """This server asks for a token, which the one that is tested for would not."""
        headers = {**route.request.headers, "authorization": f"Bearer {token}"}
        await route.fallback(headers=headers if route.request.method == "POST" else None)

    await visit.in_production(introspection="open")
    await visit.page.route("**/graphql", as_alice)
    await visit.open()
    await visit.page.get_by_label("Show Documentation Explorer").click()
    await visit.page.get_by_text("Root Types").wait_for()
