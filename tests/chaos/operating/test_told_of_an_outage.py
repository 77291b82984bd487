"""What callers are told over every protocol while a real PostgreSQL is killed, or silent, and that it passes."""

from collections.abc import AsyncIterator, Callable

import pytest
from support.production.stage import Stage
from support.production.staging import staged_on
from support.protocols import PROTOCOLS, Told
from support.stores.postgres import OwnPostgres
from support.story import eventually

QUERY = "{ posts { nodes { id } } }"
DRAFT = 'mutation { createPost(input: {publications: [{platform: X, content: "Hello"}]}) { post { id } } }'


@pytest.fixture
async def stage(postgres, tmp_path, identity) -> AsyncIterator[Stage]:
    async with staged_on(postgres, tmp_path, identity, PERENNIAL_REQUEST_SECONDS_MAX="2") as stage:
        yield stage


def killed(server: OwnPostgres) -> Callable[[], None]:
    server.kill()
    return server.start


def silent(server: OwnPostgres) -> Callable[[], None]:
    server.freeze()
    return server.thaw


@pytest.mark.parametrize(("go_away", "limit"), [(killed, None), (silent, "seconds")])
async def test_it_is_an_outage_that_says_when_to_ask_again_and_then_it_is_over(
    stage: Stage, postgres: OwnPostgres, go_away: Callable[[OwnPostgres], Callable[[], None]], limit: str | None
) -> None:
    await stage.server()
    address = str(stage.http.base_url).removeprefix("http://").rstrip("/")
    shown = f"Bearer {stage.user('alice').token}"

    async def ask(name: str, query: str) -> Told:
        return await PROTOCOLS[name](address, shown, query)

    assert [(await ask(name, QUERY)).code for name in PROTOCOLS] == [None] * len(PROTOCOLS)
    come_back = go_away(postgres)
    for name in PROTOCOLS:
        for query in (QUERY, DRAFT):
            told = await ask(name, query)
            assert told.extensions is not None
            assert (told.code, told.extensions["retryAfter"]) == ("UNAVAILABLE", 5)
            assert ("reason" in told.extensions, told.extensions.get("limit")) == (False, limit)
            if name in ("JSON", "graphql-response+json"):
                assert (told.status, told.retry_after, told.data) == (503, "5", "none")
    come_back()

    async def is_over() -> bool:
        return (await ask("WebSocket", QUERY)).code is None

    await eventually(is_over, "it answers again")
    assert [(await ask(name, QUERY)).data for name in PROTOCOLS] == [{"posts": {"nodes": []}}] * len(PROTOCOLS)
