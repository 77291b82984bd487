"""/metrics: why publications fail or wait, and how many accounts have to be connected again."""

import asyncio
from datetime import timedelta

import httpx2
import pytest
from support.api import RETRY_PUBLICATION, User
from support.clock import FakeClock
from support.metrics import Scrape, scrape
from support.publishing import account, another_process, connect, due_post, fail, on, refresh_token

from perennial.api.health import _gauges
from perennial.core.publication_codes import PUBLICATION_CODES
from perennial.core.states import AccountStatus, Platform, PublicationStatus
from perennial.db.models import ConnectedAccount
from perennial.observe import metrics
from perennial.process import Process

Key = tuple[str, str, str]


def errors(page: Scrape) -> dict[Key, float]:
    """How many there were, by platform, status and code."""
    found = {}
    for (name, labels), value in page.samples.items():
        if name == "perennial_publication_errors_total":
            by = dict(labels)
            found[by["platform"], by["status"], by["code"]] = value
    return found


@pytest.fixture
async def before(http: httpx2.AsyncClient) -> dict[Key, float]:
    return errors(await scrape(http))


async def grown(http: httpx2.AsyncClient, before: dict[Key, float]) -> dict[Key, float]:
    now = errors(await scrape(http))
    assert now.keys() == before.keys(), "no series begins with its first failure"
    return {key: value - before[key] for key, value in now.items() if value != before[key]}


async def test_every_code_has_its_series_before_the_first_failure(before: dict[Key, float]) -> None:
    for platform in Platform:
        for code in PUBLICATION_CODES:
            assert (platform.value, "failed", code) in before
            assert (platform.value, "scheduled", code) in before
        assert (platform.value, "unconfirmed", "OUTCOME_UNKNOWN") in before


async def test_failures_doubts_and_further_tries_are_counted_by_their_code(
    alice: User,
    clock: FakeClock,
    process: Process,
    sandbox: httpx2.AsyncClient,
    http: httpx2.AsyncClient,
    before: dict[Key, float],
) -> None:
    await alice.connect("X", "LINKEDIN")
    await fail(sandbox, "LINKEDIN", status=400, times=1)
    await fail(sandbox, "X", status=503, times=1)
    await due_post(alice, clock, x="In doubt", linkedin="Refused")
    await process.publisher.publish_due()
    await fail(sandbox, "LINKEDIN", status=429, times=1)
    await due_post(alice, clock, linkedin="To wait")
    await process.publisher.publish_due()
    assert await grown(http, before) == {
        ("linkedin", "failed", "REFUSED"): 1,
        ("x", "unconfirmed", "OUTCOME_UNKNOWN"): 1,
        ("linkedin", "scheduled", "RATE_LIMITED"): 1,
    }


async def test_what_ends_without_a_request_is_counted_too(
    alice: User, clock: FakeClock, process: Process, http: httpx2.AsyncClient, before: dict[Key, float]
) -> None:
    await due_post(alice, clock, x="No account")
    await process.publisher.publish_due()
    await alice.connect("LINKEDIN")
    await due_post(alice, clock, linkedin="Too late")
    clock.advance(days=3)
    async with another_process(process, expire_after_hours=48) as another:
        await another.publisher.publish_due()
    assert await grown(http, before) == {("x", "failed", "ACCOUNT_MISSING"): 1, ("linkedin", "failed", "EXPIRED"): 1}


async def test_a_success_after_an_error_counts_no_error(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, http: httpx2.AsyncClient
) -> None:
    await alice.connect("LINKEDIN")
    await fail(sandbox, "LINKEDIN", status=400, times=1)
    post = await due_post(alice, clock, linkedin="Hello")
    await process.publisher.publish_due()
    before = errors(await scrape(http))
    await alice.do(RETRY_PUBLICATION, id=(await on(alice, post, "LINKEDIN"))["id"])
    await process.publisher.publish_due()
    assert (await on(alice, post, "LINKEDIN"))["status"] == "PUBLISHED"
    assert await grown(http, before) == {}


async def test_a_code_that_the_list_does_not_have_is_another(
    http: httpx2.AsyncClient, before: dict[Key, float]
) -> None:
    metrics.count_publications({(Platform.X, PublicationStatus.FAILED, "MADE_UP"): 2})
    metrics.count_publications({(Platform.X, PublicationStatus.UNCONFIRMED, "MADE_UP"): 1})
    labelled = await grown_somehow(http, before)
    assert labelled[("x", "failed", "other")] == 2
    assert not [key for key in labelled if key[2] == "MADE_UP"]


async def grown_somehow(http: httpx2.AsyncClient, before: dict[Key, float]) -> dict[Key, float]:
    now = errors(await scrape(http))
    return {key: value - before.get(key, 0) for key, value in now.items() if value != before.get(key, 0)}


async def to_reconnect(http: httpx2.AsyncClient) -> tuple[float | None, float | None]:
    page = await scrape(http)
    x, linkedin = (page.value("accounts_to_reconnect", platform=platform.value) for platform in Platform)
    return x, linkedin


async def test_an_account_is_to_be_reconnected_once_its_token_is_dead_and_until_it_is_connected(
    alice: User, bob: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, http: httpx2.AsyncClient
) -> None:
    """Marked by a refusal, or over by itself: an access token without a refresh token."""
    assert await to_reconnect(http) == (0, 0)
    await connect(alice, "X", refresh_token("alice"), expires=clock.now + timedelta(seconds=1))
    await connect(bob, "LINKEDIN", expires=clock.now + timedelta(minutes=30))
    await fail(sandbox, "X", operation="token", status=400, body={"error": "invalid_grant"}, times=1)
    await due_post(alice, clock, x="Hello")
    await process.publisher.publish_due()
    assert (await account(alice)).status == AccountStatus.RECONNECT_REQUIRED
    assert await to_reconnect(http) == (1, 0)
    clock.advance(minutes=30)
    assert (await account(bob, "LINKEDIN")).status == AccountStatus.ACTIVE
    assert await to_reconnect(http) == (1, 1)
    await connect(alice, "X")
    await connect(bob, "LINKEDIN", expires=clock.now + timedelta(days=60))
    assert await to_reconnect(http) == (0, 0)


async def test_whoever_asks_first_or_second_or_at_once_gets_the_same_number(
    alice: User, http: httpx2.AsyncClient, process: Process
) -> None:
    await alice.connect("X")
    await ConnectedAccount.all().update(status=AccountStatus.RECONNECT_REQUIRED)
    assert await asyncio.gather(*[to_reconnect(http) for _ in range(3)]) == [(1, 0)] * 3


async def test_disconnected_accounts_and_those_that_can_be_refreshed_do_not_count(
    alice: User, bob: User, clock: FakeClock, http: httpx2.AsyncClient
) -> None:
    await connect(alice, "X", refresh_token("alice"), expires=clock.now + timedelta(seconds=1))
    await alice.connect("LINKEDIN")
    await connect(bob, "LINKEDIN", expires=clock.now + timedelta(seconds=1))
    await ConnectedAccount.filter(clerk_user_id="bob").update(status=AccountStatus.DISCONNECTED)
    clock.advance(days=400)
    assert await to_reconnect(http) == (0, 0)


async def test_they_are_counted_to_the_limit(
    alice: User, bob: User, http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.connect("X")
    await bob.connect("X")
    await ConnectedAccount.all().update(status=AccountStatus.RECONNECT_REQUIRED)
    assert _gauges._TO_RECONNECT.count(_gauges._LIMIT) == 2 * len(Platform)
    monkeypatch.setattr(_gauges, "_TO_RECONNECT", _gauges._TO_RECONNECT.replace(_gauges._LIMIT, "LIMIT 1"))
    assert await to_reconnect(http) == (1, 0)
