"""The timeline page: nothing in it runs or is fetched but what is its own."""

import re
from base64 import b64encode
from hashlib import sha256

from .conftest import Sandbox


async def test_the_policy_allows_the_pages_own_style_and_script_only(sandbox: Sandbox) -> None:
    page = await sandbox.client.get("")
    policy = page.headers["content-security-policy"]
    assert page.status_code == 200
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        [content] = re.findall(rf"<{tag}>(.*?)</{tag}>", page.text, re.DOTALL)
        digest = b64encode(sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


async def test_the_page_names_no_other_host_and_writes_no_markup(sandbox: Sandbox) -> None:
    page = (await sandbox.client.get("")).text
    assert set(re.findall(r"https?://[\w.]+", page)) <= {"http://www.w3.org"}
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\sstyle=|\son\w+=", page)


async def test_the_sandbox_without_its_slash_leads_to_the_page(sandbox: Sandbox) -> None:
    answer = await sandbox.client.get(str(sandbox.client.base_url).rstrip("/"), follow_redirects=True)
    assert answer.headers["content-type"].startswith("text/html")
