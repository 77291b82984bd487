"""What every address takes, where it leads, and what may be kept of its answers."""

import json
from dataclasses import replace

import httpx2
import pytest
from support.api import User
from support.http import client_in

from perennial.api.app import create_app
from perennial.api.explorer.page import BUILT
from perennial.process import Process

pytestmark = pytest.mark.one_dialect

PAGES = ["/", "/healthz", "/readyz", "/metrics"]
BROWSER = {"Accept": "text/html"}
SENT = {"Content-Type": "application/json"}
STREAM = {"Accept": "text/event-stream"}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "FOO"])
@pytest.mark.parametrize("accept", ["*/*", "text/html", "image/png", "text/event-stream"])
async def test_graphql_takes_get_and_post_whatever_is_accepted(
    http: httpx2.AsyncClient, method: str, accept: str
) -> None:
    answer = await http.request(method, "/graphql", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FOO"])
async def test_a_page_is_got_and_no_more(http: httpx2.AsyncClient, path: str, method: str) -> None:
    answer = await http.request(method, path)
    assert answer.status_code == 405
    assert {one.strip() for one in answer.headers["allow"].split(",")} == {"GET", "HEAD"}


@pytest.mark.skipif(not BUILT.joinpath("index.html").is_file(), reason="the explorer is not built")
async def test_so_are_the_explorers_files(http: httpx2.AsyncClient) -> None:
    name = next(one.name for one in BUILT.joinpath("assets").iterdir() if one.suffix == ".js")
    assert (await http.get(f"/graphql/assets/{name}")).status_code == 200
    answer = await http.post(f"/graphql/assets/{name}")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


async def test_a_slash_too_many_leads_to_graphql_on_the_host_that_was_asked(process: Process) -> None:
    async with client_in(create_app(process), "mallory.example") as http:
        answer = await http.get("/graphql/?query={__typename}")
        assert (answer.status_code, answer.headers["location"]) == (308, "../graphql?query=%7B__typename%7D")
        followed = await http.post("/graphql/", json={"query": "{ __typename }"}, follow_redirects=True)
        assert followed.json()["data"] == {"__typename": "Query"}
        assert followed.url.path == "/graphql"


@pytest.mark.parametrize("path", ["/healthz/", "/graphql/assets", "//mallory.example", "//mallory.example/", "/x/"])
async def test_nowhere_else_does_an_address_that_is_almost_one_lead_anywhere(process: Process, path: str) -> None:
    async with client_in(create_app(process)) as http:
        answer = await http.get(httpx2.URL("http://perennial.test").copy_with(raw_path=path.encode()))
        assert (answer.status_code, "location" in answer.headers) == (404, False)


async def test_an_answer_depends_on_what_is_accepted_and_is_not_kept(alice: User) -> None:
    body = json.dumps({"query": "{ __typename }"})
    for headers in ({}, STREAM):
        answer = await alice.http.post("/graphql", content=body, headers={**headers, **SENT})
        assert "no-store" in answer.headers["cache-control"]
        assert "no-cache" not in answer.headers["cache-control"]
        # A proxy that compresses a stream holds its events back.
        assert ("no-transform" in answer.headers["cache-control"]) == bool(headers)
        assert "Accept" in answer.headers["vary"]
    page = await alice.http.get("/graphql", headers=BROWSER)
    assert page.headers["vary"] == "Accept"


async def test_where_other_origins_may_call_it_depends_on_the_origin_too(process: Process, settings) -> None:
    allowing = settings.model_copy(update={"cors_origins": ("https://app.example",)})
    async with client_in(create_app(replace(process, settings=allowing))) as http:
        page = await http.get("/graphql", headers={**BROWSER, "Origin": "https://app.example"})
        assert {one.strip() for one in page.headers["vary"].split(",")} == {"Accept", "Origin"}
