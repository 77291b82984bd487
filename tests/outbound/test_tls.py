"""Through a proxy to somebody who speaks TLS: whom the certificates' file makes trusted is reached, nobody else."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from support.outbound.forward_proxy import ForwardProxy, forward_proxy, tls_before
from support.platform_stub import Stub
from support.processes import run
from support.stores.tls_postgres import Authority

from perennial.outbound.http_session import HttpSession, NotConnected
from perennial.settings.proxies.choosing import Proxies, read_proxy

URL = "https://api.x.example/2/users/me"
# As a process does: the file of certificates is read when aiohttp is.
ASK = f"""
import asyncio, sys
from perennial.outbound.http_session import HttpSession
from perennial.settings import Settings

async def ask():
    async with HttpSession(Settings().proxies) as session:
        print((await session.send("GET", "{URL}", 100)).status)

asyncio.run(ask())
"""


class Way(NamedTuple):
    """A proxy, the same one speaking TLS itself, and the file that makes both ends trusted."""

    plain: ForwardProxy
    by_tls: ForwardProxy
    authority: Path


@pytest.fixture
async def way(stub: Stub, tmp_path: Path) -> AsyncIterator[Way]:
    authority = Authority("the company")
    authority.write(tmp_path / "ca.crt")
    contexts = []
    for name in ("api.x.example", "localhost"):
        authority.issue(name, tmp_path / f"{name}.crt", tmp_path / f"{name}.key")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(tmp_path / f"{name}.crt", tmp_path / f"{name}.key")
        contexts.append(context)
    async with (
        tls_before(("127.0.0.1", urlsplit(stub.url).port or 0), contexts[0]) as far,
        forward_proxy({"api.x.example": far}) as plain,
        forward_proxy({"api.x.example": far}, contexts[1]) as by_tls,
    ):
        yield Way(plain, by_tls, tmp_path / "ca.crt")


@pytest.mark.parametrize("kind", ["plain", "by_tls"])
async def test_a_tunnel_leads_to_whom_the_file_makes_trusted(kind: str, way: Way, stub: Stub) -> None:
    proxy: ForwardProxy = getattr(way, kind)
    url = proxy.url if kind == "plain" else f"https://localhost:{proxy.port}"
    given = {"HTTPS_PROXY": url, "https_proxy": "", "NO_PROXY": "", "no_proxy": "", "SSL_CERT_FILE": str(way.authority)}
    assert await asyncio.to_thread(run, "-c", ASK, **given) == "200\n"
    assert proxy.asked == ["CONNECT api.x.example:443"]
    assert [one.path for one in stub.asked] == ["/2/users/me"]


async def test_somebody_else_at_the_tunnels_end_gets_nothing(way: Way, stub: Stub) -> None:
    proxy = read_proxy(way.plain.url)
    async with HttpSession(Proxies(https=proxy)) as session:
        with pytest.raises(NotConnected, match=r"through the proxy .*certificate verify failed"):
            await session.send("GET", URL, 100, headers={"Authorization": "Bearer t0ken"})
    assert stub.asked == []
