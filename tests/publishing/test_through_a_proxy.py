"""publish_due, where the only way out is a proxy."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from urllib.parse import urlsplit

import httpx2
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs
from support.api import User
from support.clock import FakeClock
from support.outbound.forward_proxy import ForwardProxy, forward_proxy
from support.pages.refusals import ProxyRow, read_proxy_rows
from support.publishing import (
    account_status,
    another_process,
    arrived,
    connect,
    due_post,
    fail,
    on,
    refresh_token,
    state_of,
)
from support.publishing import row as publication

from perennial.core.states import Platform
from perennial.process import Process
from perennial.settings import Settings

PROXY_ROWS = read_proxy_rows()


@pytest.fixture
async def proxy(settings: Settings) -> AsyncIterator[ForwardProxy]:
    """A proxy that alone knows where the platforms are."""
    sandbox = ("127.0.0.1", urlsplit(settings.x_api_url).port or 0)
    async with forward_proxy({"api.x.example": sandbox, "linkedin.example": sandbox}) as proxy:
        yield proxy


def behind(process: Process, proxy: ForwardProxy, scheme: str = "http") -> AbstractAsyncContextManager[Process]:
    """A process that calls both platforms by names, in `scheme`, and has the proxy for both schemes."""
    url = SecretStr(proxy.url.replace("://", "://perennial:hunter2@"))
    path = {name: urlsplit(getattr(process.settings, name)).path for name in ("x_api_url", "linkedin_api_url")}
    return another_process(
        process,
        https_proxy=url,
        http_proxy=url,
        x_api_url=f"{scheme}://api.x.example{path['x_api_url']}",
        linkedin_api_url=f"{scheme}://linkedin.example{path['linkedin_api_url']}",
        linkedin_oauth_url=f"{scheme}://linkedin.example{path['linkedin_api_url']}/oauth/v2",
    )


async def test_posts_refreshes_and_look_ups_take_it(
    alice: User, clock: FakeClock, process: Process, proxy: ForwardProxy, sandbox: httpx2.AsyncClient
) -> None:
    for platform in ("X", "LINKEDIN"):
        await connect(alice, platform, refresh_token("alice"), clock.now + timedelta(seconds=30))
    post = await due_post(alice, clock, x="Hello", linkedin="Hello")  # when the access tokens have expired
    await fail(sandbox, "X", status=503, after_accepting=True)
    async with behind(process, proxy) as far:
        await far.publisher.publish_due()
        assert (await on(alice, post))["status"] == "UNCONFIRMED"
        clock.advance(seconds=10)
        await far.publisher.publish_due()
    assert [(await on(alice, post, one))["status"] for one in ("X", "LINKEDIN")] == ["PUBLISHED"] * 2
    asked = [line.partition("?")[0].rpartition("/")[2] for line in proxy.asked]
    assert sorted(asked) == ["accessToken", "posts", "token", "tweets", "tweets"]


@pytest.mark.one_dialect
@pytest.mark.parametrize("row", PROXY_ROWS, ids=str)
async def test_what_it_answers_in_place_of_connecting_us_is_whose_fault_the_page_says(
    row: ProxyRow, alice: User, clock: FakeClock, process: Process, proxy: ForwardProxy, sandbox: httpx2.AsyncClient
) -> None:
    """Ten times, or until the attempts are used up, and then it lets us through: the post goes out, once."""
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    proxy.status = row.status
    with capture_logs() as lines:
        async with behind(process, proxy, "https") as far:
            await far.publisher.publish_due()
            shown = await on(alice, post)
            assert ((shown["status"], shown["errorCode"]), shown["attempts"]) == (row.told, row.attempts)
            assert await state_of(Platform.X) == row.state
            for _ in range(9 if row.whose == "operator" else 2):
                clock.now = (await publication(post)).next_attempt_time
                await far.publisher.publish_due()
    shown = await on(alice, post)
    assert (shown["status"], shown["attempts"]) == ("SCHEDULED", 3 * row.attempts)
    assert f"the proxy 127.0.0.1:{proxy.port}: it answered {row.status}" in shown["errorMessage"]
    assert "hunter2" not in f"{lines}{shown}"
    advice = [line["advice"] for line in lines if line["event"] == "platform.tripped"]
    assert [bool(one) for one in advice] == [True] * (row.whose == "operator")
    assert all("HTTPS_PROXY" in one for one in advice)
    proxy.status, clock.now = None, (await publication(post)).next_attempt_time
    async with behind(process, proxy) as far:
        await far.publisher.publish_due()
    assert (await on(alice, post))["status"] == "PUBLISHED"
    assert await arrived(sandbox) == ["Hello"]
    assert await state_of(Platform.X) == "serves"


@pytest.mark.one_dialect
@pytest.mark.parametrize("row", PROXY_ROWS, ids=str)
async def test_and_so_it_is_on_the_way_to_the_token_endpoint(
    row: ProxyRow, alice: User, clock: FakeClock, process: Process, proxy: ForwardProxy
) -> None:
    await connect(alice, "X", refresh_token("alice"), clock.now + timedelta(seconds=30))
    post = await due_post(alice, clock, x="Hello")
    proxy.status = row.status
    async with behind(process, proxy, "https") as far:
        await far.publisher.publish_due()
    shown = await on(alice, post)
    assert (shown["status"], shown["errorCode"], shown["attempts"]) == ("SCHEDULED", "REFRESH_FAILED", row.attempts)
    assert await state_of(Platform.X) == row.refreshing
    proxy.status, clock.now = None, (await publication(post)).next_attempt_time
    async with behind(process, proxy) as far:
        await far.publisher.publish_due()
    assert (await on(alice, post))["status"] == "PUBLISHED"
    assert await account_status(alice) == "ACTIVE"
