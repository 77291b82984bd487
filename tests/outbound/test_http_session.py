"""Requests go through the proxy, but not those that NO_PROXY names or loopback; and it is known what never left."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.outbound.forward_proxy import ForwardProxy
from support.platform_stub import Stub
from support.processes import free_port

from perennial.core.errors import PerennialError
from perennial.db.outages import chain
from perennial.outbound.http_session import HttpSession, NoAnswer, NotConnected, ProxyRefused
from perennial.settings.proxies.choosing import Proxies, read_proxy

PLAIN, SECURE = "http://api.x.example/2/tweets?a=b", "https://api.x.example/2/tweets"
CREDENTIALS = "perennial:h%C3%BCnter%402"


def proxies(url: str, direct: str = "") -> Proxies:
    return Proxies(read_proxy(url), read_proxy(url), direct)


async def ask(url: str, by: Proxies, seconds: float = 8.0) -> int:
    async with HttpSession(by, seconds) as session:
        answer = await session.send(
            "POST", url, 1_000, headers={"Authorization": "Bearer t0ken"}, json={"text": "Hello"}
        )
        return answer.status


async def failure(url: str, by: Proxies, seconds: float = 8.0) -> PerennialError:
    """How asking fails; never with a secret in what it says or was raised from."""
    with pytest.raises(PerennialError) as caught:
        await ask(url, by, seconds)
    assert not any(
        secret in f"{step!r} {step}" for step in chain(caught.value) for secret in ("t0ken", "nter", "secret")
    )
    return caught.value


async def test_a_name_that_the_proxy_alone_knows_is_reached_through_it(stub: Stub, proxy: ForwardProxy) -> None:
    assert await ask(PLAIN, proxies(proxy.url)) == 200
    assert proxy.asked == [f"POST {PLAIN}"]
    (arrived,) = stub.asked
    assert (arrived.method, arrived.path, arrived.json) == ("POST", "/2/tweets?a=b", {"text": "Hello"})
    assert arrived.headers["Authorization"] == "Bearer t0ken"


async def test_the_proxys_credentials_are_sent_to_it_whatever_characters_they_have(
    stub: Stub, proxy: ForwardProxy
) -> None:
    proxy.password = "perennial:hünter@2"
    assert await ask(PLAIN, proxies(proxy.url.replace("://", f"://{CREDENTIALS}@"))) == 200
    assert len(stub.asked) == 1


async def test_credentials_that_the_proxy_does_not_take_are_told_from_a_platforms_answer(
    stub: Stub, proxy: ForwardProxy
) -> None:
    proxy.password = "perennial:another"
    error = await failure(PLAIN, proxies(proxy.url.replace("://", f"://{CREDENTIALS}@")))
    assert isinstance(error, NotConnected)
    assert f"the proxy 127.0.0.1:{proxy.port}: it answered 407" in str(error)
    assert stub.asked == []


async def test_a_platform_that_itself_answers_407_has_answered(stub: Stub) -> None:
    stub.answers(407)
    assert await ask(stub.url, Proxies()) == 407


@pytest.mark.parametrize("direct", ["*", "127.0.0.1", "x.example", "unrelated.example, .x.example"])
async def test_a_host_that_no_proxy_names_is_called_without_it(direct: str, stub: Stub, proxy: ForwardProxy) -> None:
    by = proxies(proxy.url, direct)
    if direct == "127.0.0.1":
        assert await ask(stub.url, by) == 200
    else:
        assert isinstance(await failure(PLAIN, by), NotConnected), "nobody but the proxy knows the name"
    assert proxy.asked == []


async def test_loopback_needs_no_proxy_even_if_nothing_says_so(stub: Stub, proxy: ForwardProxy) -> None:
    for url in (stub.url, stub.url.replace("127.0.0.1", "localhost")):
        assert await ask(url, proxies(proxy.url)) == 200
    assert proxy.asked == []


@pytest.mark.parametrize("status", [403, 407, 502, 503, 301])
async def test_where_the_proxy_refuses_to_connect_nothing_was_sent(status: int, proxy: ForwardProxy) -> None:
    proxy.status = status
    error = await failure(SECURE, proxies(proxy.url.replace("://", f"://{CREDENTIALS}@")))
    assert isinstance(error, NotConnected)
    assert f"no connection through the proxy 127.0.0.1:{proxy.port}: it answered {status}" in str(error)
    assert proxy.asked == ["CONNECT api.x.example:443"]


@pytest.mark.parametrize(
    ("status", "credentials", "advice"),
    [
        (407, "", "_PROXY wants a password: set it to http://user:password@"),
        (407, f"{CREDENTIALS}@", "_PROXY has a user or a password that the proxy does not take: set it to http://user"),
        (
            403,
            f"{CREDENTIALS}@",
            "Let the proxy of HTTPS_PROXY connect us to api.x.example:443, or name the host in NO",
        ),
    ],
)
async def test_a_proxy_that_refuses_us_comes_with_advice_for_an_operator(
    status: int, credentials: str, advice: str, proxy: ForwardProxy
) -> None:
    proxy.status = status
    for url in (PLAIN, SECURE) if status == 407 else (SECURE,):
        error = await failure(url, proxies(proxy.url.replace("://", f"://{credentials}")))
        assert isinstance(error, ProxyRefused)
        assert advice in error.advice
        assert error.advice.startswith(url.partition(":")[0].upper()) == (status == 407)
        assert "nter" not in error.advice


@pytest.mark.parametrize("breaks", ["dropped", "cut", "silent"])
async def test_where_the_proxy_breaks_off_before_there_is_a_connection_nothing_was_sent(
    breaks: str, proxy: ForwardProxy
) -> None:
    proxy.breaks = breaks
    error = await failure(SECURE, proxies(proxy.url), 0.2 if breaks == "silent" else 8.0)
    assert isinstance(error, NotConnected)
    assert f"no connection through the proxy 127.0.0.1:{proxy.port}" in str(error)


@pytest.mark.parametrize("breaks", ["dropped", "silent"])
async def test_a_proxy_that_was_given_the_request_itself_leaves_it_open(breaks: str, proxy: ForwardProxy) -> None:
    proxy.breaks = breaks
    assert isinstance(await failure(PLAIN, proxies(proxy.url), 0.2 if breaks == "silent" else 8.0), NoAnswer)


@pytest.mark.parametrize("url", [PLAIN, SECURE])
@pytest.mark.parametrize("place", [lambda: f"127.0.0.1:{free_port()}", lambda: "proxy.example:3128"])
async def test_a_proxy_that_is_down_or_has_no_address_is_named_with_its_port(
    url: str, place: Callable[[], str]
) -> None:
    where = place()
    error = await failure(url, proxies(f"http://{CREDENTIALS}@{where}"))
    assert isinstance(error, NotConnected)
    assert f"no connection through the proxy {where}: Cannot connect to host {where}" in str(error)


async def test_no_netrc_file_adds_credentials(
    stub: Stub, proxy: ForwardProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine api.x.example login bob password secret\nmachine 127.0.0.1 login bob password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    assert await ask(PLAIN, proxies(proxy.url)) == 200
    assert await ask(stub.url, Proxies()) == 200
    assert [one.headers["Authorization"] for one in stub.asked] == ["Bearer t0ken"] * 2
