"""The guard: only this machine, and only pages of this very server, reach the sandbox."""

import pytest

from .conftest import Sandbox, bearer

PATHS = ["", "posts", "requests", "faults", "x/2/users/me", "linkedin/v2/userinfo", "nothing"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "testserver", ""])
async def test_no_other_hosts_name_reaches_the_sandbox(sandbox: Sandbox, path: str, host: str) -> None:
    answer = await sandbox.client.get(path, headers={"Host": host})
    assert answer.status_code == 403
    assert "Host" in answer.text


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "LOCALHOST", "127.0.0.1:80", "[::1]:8000", "[::1]"])
async def test_this_machine_may_be_called_by_any_of_its_names(sandbox: Sandbox, host: str) -> None:
    assert (await sandbox.client.get("posts", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:9", "http://127.0.0.1", "", "x"])
async def test_no_other_sites_page_can_publish_or_set_faults(sandbox: Sandbox, origin: str) -> None:
    headers = {"Origin": origin, "Host": "127.0.0.1:8000", "Content-Type": "text/plain"}
    tweet = await sandbox.client.post("x/2/tweets", headers=headers | bearer("alice"), content=b'{"text": "Hello"}')
    fault = await sandbox.client.post("faults", headers=headers, content=b'{"rate_limit": 0}')
    assert (tweet.status_code, fault.status_code) == (403, 403)
    assert "Origin" in tweet.text
    assert await sandbox.arrivals() == []


async def test_the_sandboxs_own_page_may_ask(sandbox: Sandbox) -> None:
    own = {"Host": "localhost:8000", "Origin": "http://localhost:8000"}
    assert (await sandbox.client.get("posts", headers=own)).status_code == 200
