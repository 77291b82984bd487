"""The timeline page: nothing in it runs or is fetched but what is its own."""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest

from perennial.sandbox import _page

from .conftest import Sandbox


async def test_the_policy_allows_the_pages_own_style_and_script_only(sandbox: Sandbox) -> None:
    answer = await sandbox.client.get("")
    policy = answer.headers["content-security-policy"]
    assert answer.status_code == 200
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        [content] = re.findall(rf"<{tag}>(.*?)</{tag}>", answer.text, re.DOTALL)
        digest = b64encode(sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


async def test_the_page_names_no_other_host_and_writes_no_markup(sandbox: Sandbox) -> None:
    text = (await sandbox.client.get("")).text
    assert set(re.findall(r"https?://[\w.]+", text)) <= {"http://www.w3.org"}
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\sstyle=|\son\w+=", text)


async def test_the_page_leads_to_the_explorer_and_to_nothing_that_somebody_wrote(sandbox: Sandbox) -> None:
    text = (await sandbox.client.get("")).text
    assert set(re.findall(r'<a [^>]*href="([^"]*)"', text)) == {"../graphql", "posts"}
    assert not re.search(r"\.href\s*=|location\s*=|createElement\(\"a\"\)", text)


async def test_alone_it_knows_no_queues_and_the_page_is_told_so(sandbox: Sandbox) -> None:
    assert (await sandbox.client.get("origins")).status_code == 404


def test_all_that_the_page_is_made_of_is_in_it() -> None:
    folder = Path(_page.__file__).parent / "timeline"
    assert {file.name for file in folder.iterdir()} == {"page.html", *_page.STYLES, *_page.SCRIPTS}


@pytest.mark.parametrize("name", ["page.html", *_page.STYLES, *_page.SCRIPTS])
def test_each_of_its_files_can_be_read_in_one_sitting(name: str) -> None:
    file = Path(_page.__file__).parent / "timeline" / name
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 200


@pytest.mark.parametrize("path", ["posts", "requests", "faults", "posts?limit=none", "nothing-here"])
async def test_what_is_meant_for_curl_ends_in_a_newline(sandbox: Sandbox, path: str) -> None:
    answer = await sandbox.client.get(path)
    assert answer.headers["content-type"] == "application/json"
    assert answer.text.endswith("\n")
    assert "\n" not in answer.text[:-1]


async def test_what_is_not_there_is_said_in_json(sandbox: Sandbox) -> None:
    answer = await sandbox.client.get("nothing-here")
    assert (answer.status_code, answer.json()) == (404, {"error": "There is nothing at this address."})
    answer = await sandbox.client.put("posts")
    assert (answer.status_code, answer.json()) == (405, {"error": "This address does not take this method."})


async def test_the_sandbox_without_its_slash_leads_to_the_page(sandbox: Sandbox) -> None:
    answer = await sandbox.client.get(str(sandbox.client.base_url).rstrip("/"), follow_redirects=True)
    assert answer.headers["content-type"].startswith("text/html")
