"""The explorer: our own page under a strict policy where it was built; one that says what it is where it was not."""

import gzip
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from graphql import build_schema, parse, validate
from starlette.applications import Starlette
from starlette.routing import Route
from support.http import client_in
from support.processes import ROOT

from perennial.api.explorer.page import Explorer
from perennial.settings import Introspection

TABS = sorted((ROOT / "explorer/src/tabs").glob("*.graphql"))
HTML = (
    '<html data-mode="production" data-introspection="token">'
    '<script type="module" src="/graphql/assets/page-1a2b.js"></script></html>'
)
LARGE = "export {};" * 100


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A folder as a build leaves it."""
    folder = tmp_path / "built"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(HTML)
    (folder / "assets/page-1a2b.js").write_text("export {};")
    (folder / "assets/large-3c4d.js").write_text(LARGE)
    (folder / "assets/large-3c4d.js.gz").write_bytes(gzip.compress(LARGE.encode()))
    (tmp_path / "secret.js").write_text("secret")
    return folder


@pytest.fixture
async def visitor(built: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of an application that serves what was built."""
    async with serving(Explorer.find(built, embedded=False)) as client:
        yield client


def serving(explorer: Explorer) -> httpx2.AsyncClient:
    async def page(_request: object) -> object:
        return explorer.page()

    app = Starlette(routes=[Route("/graphql", page), *explorer.routes()])
    return client_in(app)


async def test_the_page_may_load_from_its_own_host_alone_and_runs_no_script_within_it(visitor):
    answer = await visitor.get("/graphql")
    rules = dict(rule.strip().split(" ", 1) for rule in answer.headers["content-security-policy"].split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == rules["frame-ancestors"] == "'none'"
    assert rules["script-src"] == rules["worker-src"] == rules["connect-src"] == "'self'"
    assert {source for sources in rules.values() for source in sources.split()} == {
        "'none'",
        "'self'",
        "'unsafe-inline'",  # of styles, see above
        "data:",
    }
    assert "unsafe" not in rules["script-src"]


async def test_the_page_is_asked_for_anew_and_its_assets_are_kept(visitor):
    page, asset = await visitor.get("/graphql"), await visitor.get("/graphql/assets/page-1a2b.js")
    assert (page.text, page.headers["cache-control"]) == (HTML, "no-cache")
    assert (asset.status_code, asset.text) == (200, "export {};")
    assert asset.headers["content-type"].startswith("text/javascript")
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert asset.headers["content-security-policy"] == page.headers["content-security-policy"]


@pytest.mark.parametrize("accepted", ["gzip", "br, gzip", "deflate;q=0.5, GZIP ; q=1.0", "gzip;q=0.001"])
async def test_whoever_can_unpack_an_asset_gets_it_packed(visitor, accepted):
    answer = await visitor.get("/graphql/assets/large-3c4d.js", headers={"Accept-Encoding": accepted})
    assert (answer.status_code, answer.text) == (200, LARGE)
    assert int(answer.headers["content-length"]) == answer.num_bytes_downloaded < len(LARGE)
    assert (answer.headers["content-encoding"], answer.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0", "br, gzip; q=0.000", "x-gzip-not"])
async def test_whoever_cannot_unpack_an_asset_gets_it_as_it_is(visitor, accepted):
    answer = await visitor.get("/graphql/assets/large-3c4d.js", headers={"Accept-Encoding": accepted})
    assert (answer.status_code, answer.content) == (200, LARGE.encode())
    assert ("content-encoding" in answer.headers, answer.headers["vary"]) == (False, "Accept-Encoding")


async def test_an_asset_that_packing_makes_no_smaller_goes_to_everybody_as_it_is(visitor):
    answer = await visitor.get("/graphql/assets/page-1a2b.js", headers={"Accept-Encoding": "gzip"})
    assert ("content-encoding" in answer.headers, answer.headers["vary"]) == (False, "Accept-Encoding")


async def test_packed_and_as_it_is_an_asset_has_tags_of_its_own(visitor):
    path = "/graphql/assets/large-3c4d.js"
    packed, plain = [await visitor.get(path, headers={"Accept-Encoding": one}) for one in ("gzip", "identity")]
    assert packed.headers["etag"] != plain.headers["etag"]
    known = {"Accept-Encoding": "gzip", "If-None-Match": packed.headers["etag"]}
    assert (await visitor.get(path, headers=known)).status_code == 304


async def test_what_is_not_there_is_not_kept(visitor):
    answer = await visitor.get("/graphql/assets/page-0000.js")
    assert (answer.status_code, "cache-control" in answer.headers) == (404, False)


@pytest.mark.parametrize(
    "path",
    ["%2e%2e/index.html", "%2e%2e/%2e%2e/secret.js", "..%2f..%2fsecret.js", "/etc/passwd", "..\\..\\secret.js"],
)
async def test_nothing_but_the_assets_is_served(visitor, path):
    request = visitor.build_request("GET", "/graphql/assets/a")
    request.url = request.url.copy_with(raw_path=b"/graphql/assets/" + path.encode())
    assert (await visitor.send(request)).status_code == 404


async def test_the_page_is_told_of_the_sandbox_in_embedded_mode_alone(built):
    assert 'data-mode="embedded"' in Explorer.find(built, embedded=True).html
    assert 'data-mode="production"' in Explorer.find(built, embedded=False).html
    assert (ROOT / "explorer/index.html").read_text().count('data-mode="production"') == 1


@pytest.mark.parametrize("introspection", Introspection)
async def test_the_page_is_told_who_may_ask_for_the_schema(built, introspection):
    page = Explorer.find(built, embedded=False, introspection=introspection).html
    assert f'data-introspection="{introspection.value}"' in page
    assert (ROOT / "explorer/index.html").read_text().count('data-introspection="token"') == 1


async def test_without_a_build_the_page_comes_from_a_cdn_and_says_so(tmp_path):
    explorer = Explorer.find(tmp_path, embedded=True)
    async with serving(explorer) as visitor:
        answer = await visitor.get("/graphql")
        assert (await visitor.get("/graphql/assets/page-1a2b.js")).status_code == 404
    assert "make explorer" in answer.text
    assert "graphiql" in answer.text
    assert re.findall(r"(?:shouldPersistHeaders|storage): (\w+)", answer.text) == ["false", "null"]
    hosts = set(re.findall(r"""(?:src|href)="(https?://[^/"]+)""", answer.text))
    assert hosts == {"https://unpkg.com"}
    policy = answer.headers["content-security-policy"]
    script_rule = next(rule for rule in policy.split("; ") if rule.startswith("script-src"))
    assert "unsafe" not in script_rule
    assert script_rule.count("'sha256-") == answer.text.count("<script>") == 1


def test_there_are_tabs():
    assert len(TABS) == 8


@pytest.mark.parametrize("tab", TABS, ids=lambda path: path.stem)
def test_each_tab_says_what_it_shows_and_asks_what_the_schema_knows(tab):
    document = tab.read_text()
    assert re.match(r"(#.*\n){5}", document)
    assert validate(build_schema((ROOT / "schema.graphql").read_text()), parse(document)) == []
