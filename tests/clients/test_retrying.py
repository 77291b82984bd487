"""graphql-ws while the issuer is away: it connects by itself once the keys can be had, and nobody is logged out."""

import asyncio
from typing import Any

import pytest
from support.npm import CLIENTS, Workshop
from support.outbound.issuer import ISSUER, Issuer, bearer
from support.protocols import served
from support.publishing import another_process

from perennial.api.auth import _issuer_keys

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
