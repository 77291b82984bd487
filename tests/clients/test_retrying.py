"""graphql-ws where it is told to try again: it connects by itself once it may, and nobody is logged out or given up."""

import asyncio
from typing import Any

import pytest
from support.api import User
from support.npm import CLIENTS, Workshop
from support.outbound.issuer import ISSUER, Issuer, bearer
from support.protocols import served
from support.publishing import another_process
from support.sockets import PROTOCOL, let_in
from websockets.asyncio.client import connect

from perennial.api.auth import _issuer_keys
from perennial.api.limits.sockets import SocketLimit

pytestmark = pytest.mark.one_dialect


async def test_a_client_of_the_protocol_tries_again_until_its_token_can_be_judged(
    process: Any, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_issuer_keys, "COOLDOWN_SECONDS", 0)
    issuer = Issuer()
    issuer.status = 503
    settings = {"jwt_key": None, "issuer": ISSUER, "jwks_url": issuer.url}
    async with another_process(process, **settings) as ours, served(ours) as address:
        given = {"ADDRESS": address, "TOKEN": bearer("one")}
        client = asyncio.to_thread(workshop.run, "node", str(CLIENTS / "retrying.mjs"), **given)
        heard = asyncio.create_task(client)
        while issuer.requests < 3:
            assert not heard.done(), heard.result()
            await asyncio.sleep(0.01)
        issuer.status = 200
        assert "heard" in (await heard).splitlines()
    issuer.close()


async def test_a_client_with_a_socket_too_many_tries_again_until_another_is_closed(
    process: Any, workshop: Workshop, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    opened = SocketLimit.opened

    def noted(self: SocketLimit, owner: str) -> None:
        asked.append(owner)
        opened(self, owner)

    monkeypatch.setattr(SocketLimit, "opened", noted)
    async with another_process(process, sockets_max=1) as ours, served(ours) as address:
        async with connect(f"ws://{address}/graphql", subprotocols=[PROTOCOL], proxy=None) as first:
            await let_in(first, alice)
            given = {"ADDRESS": address, "TOKEN": f"Bearer {alice.token}"}
            heard = asyncio.create_task(asyncio.to_thread(workshop.run, "node", str(CLIENTS / "retrying.mjs"), **given))
            while len(asked) < 4:
                assert not heard.done(), heard.result()
                await asyncio.sleep(0.01)
        assert "heard" in (await heard).splitlines()
