"""The first page, at `/`, and what is said where there is nothing: a page for a browser, JSON for everybody else."""

import re
from base64 import b64encode
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import httpx2
import pytest

from perennial.api.app import create_app
from perennial.embedded._identity import EmbeddedIdentity
from perennial.embedded.app import create_embedded_app
from perennial.embedded.parts import Embedded
from perennial.process import Process
from perennial.settings import Settings

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
NOTHING = {"error": "There is nothing at this address."}
LINKS = re.compile(r'<a href="([^"]+)"')


def visiting(app: object) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1:8000")


@pytest.fixture
async def production(process: Process) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the application of a production."""
    async with visiting(create_app(process)) as client:
        yield client


@pytest.fixture
async def embedded(
    process: Process, settings: Settings, identity: EmbeddedIdentity, tmp_path: Path
) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the application of the embedded mode."""
    async with visiting(create_embedded_app(process, Embedded(settings, identity, tmp_path / "record"))) as client:
        yield client


async def test_the_first_page_says_what_this_is_and_leads_to_what_there_is(production: httpx2.AsyncClient) -> None:
    page = await production.get("/")
    assert page.status_code == 200
    assert "Posts that come back" in page.text
    assert "docs/README.md" in page.text
    assert LINKS.findall(page.text) == ["/graphql", "/readyz"]


async def test_in_embedded_mode_it_leads_to_the_timeline_as_well(embedded: httpx2.AsyncClient) -> None:
    links = LINKS.findall((await embedded.get("/")).text)
    assert links == ["/graphql", "/sandbox/", "/readyz"]
    for link in links:
        assert (await embedded.get(link, headers=BROWSER)).status_code in {200, 503}, link  # here no worker is up


@pytest.mark.parametrize("path", ["/", "/nothing-here"])
async def test_a_page_has_its_own_style_and_nothing_else(production: httpx2.AsyncClient, path: str) -> None:
    page = await production.get(path, headers=BROWSER)
    [style] = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = page.headers["content-security-policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert "unsafe" not in policy
    assert not re.search(r"<script|\sstyle=|\son\w+=", page.text)
    assert set(re.findall(r"https?://[\w.]+", page.text)) == {"http://www.w3.org"}


@pytest.mark.parametrize(
    "path", ["/nothing-here", "/graphql/nothing", "/graphql/assets/nothing.js", "/sandbox/nothing"]
)
async def test_where_there_is_nothing_a_browser_gets_a_page_and_others_json(
    embedded: httpx2.AsyncClient, path: str
) -> None:
    page = await embedded.get(path, headers=BROWSER)
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert LINKS.findall(page.text) == ["/"]
    for accept in ("*/*", "application/json"):
        answer = await embedded.get(path, headers={"Accept": accept})
        assert (answer.status_code, answer.json()) == (404, NOTHING)
        assert answer.text.endswith("\n")


async def test_a_method_that_is_not_taken_is_refused_in_json(embedded: httpx2.AsyncClient) -> None:
    for path in ("/", "/sandbox/posts"):
        answer = await embedded.patch(path)
        assert (answer.status_code, answer.json()) == (405, {"error": "This address does not take this method."})
        assert "GET" in answer.headers["allow"]


async def test_what_is_meant_for_curl_ends_in_a_newline(embedded: httpx2.AsyncClient) -> None:
    answers = [await embedded.get(path) for path in ("/readyz", "/healthz", "/sandbox/posts", "/sandbox/origins")]
    answers.append(await embedded.post("/sandbox/token", json={"user": "alice"}))
    answers.append(await embedded.post("/sandbox/token", json={}))
    for answer in answers:
        assert answer.text.endswith("\n"), answer.url
