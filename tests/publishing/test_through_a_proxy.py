"""publish_due, where the only way out is a proxy."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from urllib.parse import urlsplit

import httpx2
import pytest
from pydantic import SecretStr
from support.api import User
from support.clock import FakeClock
from support.outbound.forward_proxy import ForwardProxy, forward_proxy
from support.publishing import another_process, arrived, connect, due_post, fail, on, refresh_token, row

from perennial.process import Process
from perennial.settings import Settings


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


async def test_while_it_refuses_a_post_waits_and_goes_out_once_when_it_does_no_longer(
    alice: User, clock: FakeClock, process: Process, proxy: ForwardProxy, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    for attempt, status in enumerate((407, 502, 503), 1):
        proxy.status = status
        async with behind(process, proxy, "https") as far:
            assert await far.publisher.publish_due() == {"scheduled": 1}
        shown = await on(alice, post)
        assert (shown["status"], shown["attempts"], shown["errorCode"]) == ("SCHEDULED", attempt, "UNREACHABLE")
        assert f"the proxy 127.0.0.1:{proxy.port}: it answered {status}" in shown["errorMessage"]
        assert "hunter2" not in shown["errorMessage"]
        clock.now = (await row(post)).next_attempt_time
    assert await arrived(sandbox) == []
    proxy.status = None
    async with behind(process, proxy) as far:
        await far.publisher.publish_due()
    assert (await on(alice, post))["status"] == "PUBLISHED"
    assert await arrived(sandbox) == ["Hello"]
