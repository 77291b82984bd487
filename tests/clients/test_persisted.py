"""Apollo Client and urql with persisted queries on: they get their data, whatever the server knows by then."""

import asyncio
import json
from typing import Any

import pytest
from support.api import User
from support.npm import CLIENTS, Workshop
from support.protocols import served
from support.publishing import another_process

from perennial.jobs import best_effort

pytestmark = pytest.mark.one_dialect


def method(name: str) -> str:
    """The method by which the client sends hashes."""
    return name.rpartition("_")[2]


BOTH = "hash document"
# What each sends where its hash is not known: by GET, Apollo sends the document by POST, and urql by GET.
MISSES = {"apollo3_GET": "POST", "apollo4_GET": "POST", "urql_GET": "GET"} | dict.fromkeys(
    ("apollo3_POST", "apollo4_POST", "urql_POST"), "POST"
)
COLD = {name: [f"{method(name)} hash", f"{miss} {BOTH}", f"{method(name)} hash"] for name, miss in MISSES.items()}
WARM = {name: [f"{method(name)} hash"] * 2 for name in MISSES}


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no silent Redis."""
    monkeypatch.setattr(best_effort, "TIMEOUT_SECONDS", 30)


async def sent(process: Any, workshop: Workshop, alice: User, **settings: Any) -> dict[str, list[str]]:
    """What each client sends to a server that has just started, for the same query twice."""
    async with another_process(process, **settings) as ours, served(ours) as address:
        given = {"ADDRESS": address, "TOKEN": f"Bearer {alice.token}"}
        printed = await asyncio.to_thread(workshop.run, "node", str(CLIENTS / "persisted.mjs"), **given)
    found: dict[str, list[str]] = json.loads(printed.splitlines()[-1])
    return found


async def test_they_send_a_document_once_and_again_when_redis_has_lost_it(
    process: Any, workshop: Workshop, alice: User
) -> None:
    assert await sent(process, workshop, alice) == COLD
    assert await sent(process, workshop, alice) == WARM
    await process.redis.delete(*[key async for key in process.redis.scan_iter(process.redis.name("*"))])
    assert await sent(process, workshop, alice) == COLD


async def test_where_none_are_kept_they_stop_asking(process: Any, workshop: Workshop, alice: User) -> None:
    for name, (first, *_, last) in (await sent(process, workshop, alice, persisted_queries_bytes_max=0)).items():
        assert (first, last) == (f"{method(name)} hash", "POST document"), name
