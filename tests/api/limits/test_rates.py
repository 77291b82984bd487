"""So many requests a minute for each owner, counted in Redis, whichever server they reach."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from support.api import User
from support.http import client_in
from support.publishing import another_process

from perennial.api.app import create_app
from perennial.api.limits import rates
from perennial.process import Process

pytestmark = pytest.mark.one_dialect

QUERY = {"query": "{ __typename }"}


@asynccontextmanager
async def server(process: Process, **settings: Any) -> AsyncIterator[httpx2.AsyncClient]:
    async with another_process(process, **settings) as other, client_in(create_app(other)) as http:
        yield http


async def ask(http: httpx2.AsyncClient, user: User | None) -> Any:
    headers = {"Authorization": f"Bearer {user.token}"} if user else {}
    return await http.post("/graphql", json=QUERY, headers=headers)


@pytest.fixture(autouse=True)
def _one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window that does not end while a test runs."""
    monkeypatch.setattr(rates, "WINDOW_SECONDS", 1_000_000_000)


async def test_every_answer_says_what_is_left_and_one_too_many_when_to_come_back(
    process: Process, alice: User, bob: User
) -> None:
    async with server(process, requests_per_minute=3) as one, server(process, requests_per_minute=3) as other:
        answers = [await ask(http, alice) for http in (one, other, one, other)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["2", "1", "0", "0"]
        assert answers[0].headers["ratelimit-limit"] == "3"
        (error,) = answers[3].json()["errors"]
        assert error["extensions"]["code"] == "RATE_LIMITED"
        assert error["extensions"]["retryAfter"] == int(answers[3].headers["retry-after"]) > 0
        assert (await ask(one, bob)).status_code == 200
        assert (await ask(one, None)).status_code == 200


async def test_the_next_minute_begins_anew(process: Process, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    async with server(process, requests_per_minute=1) as http:
        assert [(await ask(http, alice)).status_code for _ in range(2)] == [200, 429]
        monkeypatch.setattr(rates, "WINDOW_SECONDS", 500_000_000)  # another window
        assert (await ask(http, alice)).status_code == 200


async def test_no_limit_is_a_setting_too(process: Process, alice: User) -> None:
    async with server(process, requests_per_minute=0) as http:
        answer = await ask(http, alice)
        assert (answer.status_code, "ratelimit-limit" in answer.headers) == (200, False)


async def test_at_the_same_moment_no_more_get_through(process: Process, alice: User) -> None:
    async with server(process, requests_per_minute=5) as http:
        answers = await asyncio.gather(*(ask(http, alice) for _ in range(20)))
        assert sorted(answer.status_code for answer in answers) == [200] * 5 + [429] * 15


async def test_without_redis_nobody_is_counted_and_nobody_refused(
    process: Process, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with server(process, requests_per_minute=1) as http:

        async def away(_self: Any, _key: str) -> int:
            raise ConnectionError

        monkeypatch.setattr(rates.RateLimiter, "_increment", away)
        assert [(await ask(http, alice)).status_code for _ in range(3)] == [200] * 3


async def test_the_default_is_not_below_what_was_promised(process: Process) -> None:
    assert process.settings.requests_per_minute >= 1_200
