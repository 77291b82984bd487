"""/metrics: what is counted, what is due, and that no outage breaks it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.api import ACCOUNTS_QUERY, CONFIRM_PUBLICATION, DISCONNECT_ACCOUNT, User
from support.clock import FakeClock
from support.metrics import LOOPBACK, read, scrape
from support.publishing import account, due_post, fail, on
from support.ticks import due_queue, due_queues

from perennial.api.health import _gauges
from perennial.core.platform_errors import OperatorFault
from perennial.core.states import Platform
from perennial.db import connection
from perennial.db.models import ConnectedAccount
from perennial.jobs import alarms
from perennial.jobs.worker_functions import WorkerFunction
from perennial.process import Process
from perennial.publishing import breakers

Counted = Callable[..., Awaitable[float]]
DUE = ("queues_due", "queues_overdue", "publications_due", "publications_overdue")


@pytest.fixture
async def counted(http: httpx2.AsyncClient) -> Counted:
    """By how much a counter has grown since the test began."""
    before = await scrape(http)

    async def grown(name: str, **labels: str) -> float:
        return ((await scrape(http)).value(name, **labels) or 0) - (before.value(name, **labels) or 0)

    return grown


async def test_prometheus_reads_the_page_and_finds_in_it_what_these_tests_find(http: httpx2.AsyncClient) -> None:
    page = (await http.get("/metrics", headers=LOOPBACK)).text
    families = list(text_string_to_metric_families(page))
    samples = {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}
    assert samples == read(page).samples
    assert {"perennial_publications", "perennial_tick_duration_seconds"} <= {family.name for family in families}


async def test_executions_are_counted_by_outcome(alice: User, clock: FakeClock, tick: Any, counted: Counted) -> None:
    await alice.connect("X")
    await due_queues(alice, 3, clock.now + timedelta(hours=1))
    await due_queue(alice, clock.now + timedelta(hours=1), {"linkedin": "No account is connected there"})
    clock.advance(hours=1)
    await tick()
    assert await counted("executions_total", outcome="executed") == 3
    assert await counted("executions_total", outcome="skipped") == 1
    assert await counted("executions_total", outcome="failed") == 0
    assert await counted("tick_duration_seconds_count") == 1


async def test_publications_are_counted_by_platform_and_by_what_became_of_them(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, counted: Counted
) -> None:
    await alice.connect("X", "LINKEDIN")
    await fail(sandbox, "LINKEDIN", status=400, times=1)
    await due_post(alice, clock, x="Hello", linkedin="Hello there")
    await process.publisher.publish_due()
    assert await counted("publications_total", platform="x", status="published") == 1
    assert await counted("publications_total", platform="linkedin", status="failed") == 1
    await fail(sandbox, "LINKEDIN", status=429, times=1)
    await due_post(alice, clock, linkedin="Hello again")
    await process.publisher.publish_due()
    assert await counted("publications_total", platform="linkedin", status="scheduled") == 1


@pytest.mark.parametrize("settled_by", ["a look-up", "a person"])
async def test_a_doubt_is_counted_and_so_is_its_end(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, counted: Counted, settled_by: str
) -> None:
    await alice.connect("X")
    await fail(sandbox, "X", status=503, times=1, after_accepting=True)
    post = await due_post(alice, clock, x="Hello")
    await process.publisher.publish_due()
    assert await counted("publications_total", platform="x", status="unconfirmed") == 1
    assert (await scrape(alice.http)).value("publications_unconfirmed") == 1
    if settled_by == "a person":
        (there,) = (await sandbox.get("/posts")).json()
        await alice.do(CONFIRM_PUBLICATION, id=(await on(alice, post))["id"], url=there["url"])
    clock.advance(seconds=10)
    await process.publisher.publish_due()
    assert await counted("publications_total", platform="x", status="published") == 1
    assert (await scrape(alice.http)).value("publications_unconfirmed") == 0


async def test_lateness_is_from_the_time_it_was_due_to_the_request(
    alice: User, clock: FakeClock, process: Process, counted: Counted
) -> None:
    await alice.connect("X")
    await due_post(alice, clock, x="Hello")
    clock.advance(seconds=42)
    await process.publisher.publish_due()
    assert await counted("publish_lateness_seconds_sum", platform="x") == 42
    assert await counted("publish_lateness_seconds_bucket", platform="x", le="30.0") == 0
    assert await counted("publish_lateness_seconds_bucket", platform="x", le="60.0") == 1


async def test_what_is_due_and_what_is_overdue(alice: User, clock: FakeClock, http: httpx2.AsyncClient) -> None:
    await due_queues(alice, 2, clock.now + timedelta(minutes=5))
    post = await alice.create_post(x="Hello")
    await alice.schedule_post(post["id"], clock.now + timedelta(minutes=5))
    seen = []
    for milliseconds in (299_999, 1, 59_999, 1):
        clock.advance(milliseconds=milliseconds)
        page = await scrape(http)
        seen.append([page.value(name) for name in DUE])
    assert seen == [[0, 0, 0, 0], [2, 0, 1, 0], [2, 0, 1, 0], [2, 2, 1, 1]]


async def test_what_waits_for_a_blocked_account_is_neither_due_nor_overdue_before_the_block_ends(
    alice: User, bob: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("LINKEDIN")
    await bob.connect("LINKEDIN")
    for n in range(20):
        post = await alice.create_post(linkedin=f"Post {n}")
        await alice.schedule_post(post["id"], clock.now + timedelta(minutes=1))
    clock.advance(minutes=1)
    await fail(sandbox, "LINKEDIN", status=429, times=20, user="alice")
    await process.publisher.publish_due()
    blocked_until = (await account(alice, "LINKEDIN")).blocked_until
    assert blocked_until is not None
    clock.now = blocked_until - timedelta(minutes=2)
    page = await scrape(alice.http)
    assert [page.value(name) for name in DUE] == [0, 0, 0, 0]
    await due_post(bob, clock, linkedin="Hello")
    page = await scrape(alice.http)
    assert [page.value(name) for name in DUE] == [0, 0, 1, 0]
    clock.now = blocked_until + _gauges.OVERDUE
    page = await scrape(alice.http)
    assert [page.value(name) for name in DUE] == [0, 0, 21, 21]


async def test_what_waits_without_an_account_is_due_too(alice: User, clock: FakeClock) -> None:
    await alice.connect("X")
    await due_post(alice, clock, x="Hello")
    await due_post(alice, clock, linkedin="Hello there")
    account_id = (await alice.do(ACCOUNTS_QUERY))[0]["id"]
    await alice.do(DISCONNECT_ACCOUNT, id=account_id)
    clock.advance(minutes=1)
    page = await scrape(alice.http)
    assert [page.value(name) for name in DUE] == [0, 0, 2, 2]


async def test_it_counts_to_a_limit_and_then_says_that_there_are_more(
    alice: User, clock: FakeClock, http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The statement that is sent, with a smaller limit in it."""
    for name in ("_COUNTS_ON_POSTGRES", "_COUNTS_ON_SQLITE"):
        statement = getattr(_gauges, name)
        assert str(_gauges.COUNTED_MAX + 1) in _gauges._LIMIT
        assert statement.count("LIMIT") == statement.count(_gauges._LIMIT) > 5
        monkeypatch.setattr(_gauges, name, statement.replace(_gauges._LIMIT, "LIMIT 3"))
    await alice.connect("X")
    for n in range(5):
        await due_post(alice, clock, x=f"Post {n}")
    await due_queues(alice, 5, clock.now + timedelta(minutes=5))
    clock.advance(minutes=10)
    page = await scrape(http)
    assert [page.value(name) for name in DUE] == [3, 3, 3, 3]


async def test_the_alarms_that_wait_and_by_how_much_the_first_is_overdue(
    alice: User, clock: FakeClock, http: httpx2.AsyncClient, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    await process.alarms.arm(
        WorkerFunction.PUBLISH, [clock.now + timedelta(seconds=n) for n in (20, 30, 40)], clock.now
    )
    page = await scrape(http)
    assert (page.value("alarms"), page.value("alarms_overdue_seconds")) == (3, 0)
    present = alarms.machine_milliseconds()
    monkeypatch.setattr(alarms, "machine_milliseconds", lambda: present + 120_000)
    overdue = (await scrape(http)).value("alarms_overdue_seconds")
    assert overdue == pytest.approx(100, abs=30)


async def test_a_platform_that_is_stopped_for_everyone(http: httpx2.AsyncClient, clock: FakeClock) -> None:
    assert (await scrape(http)).value("platform_tripped", platform="linkedin") == 0
    account = ConnectedAccount(clerk_user_id="alice", platform=Platform.LINKEDIN)
    await breakers.trip(account, OperatorFault("VERSION_RETIRED", "Update", "Update it."), clock.now)
    page = await scrape(http)
    assert page.value("platform_tripped", platform="linkedin") == 1
    assert page.value("platform_tripped", platform="x") == 0


async def test_while_the_database_is_away_its_gauges_are_left_out(
    http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "ping_for_writing", away)
    page = await scrape(http)
    assert (page.value("up", part="database"), page.value("up", part="redis")) == (0, 1)
    assert [page.value(name) for name in DUE] == [None] * 4
    assert page.value("alarms") == 0
    assert page.value("executions_total", outcome="executed") is not None


async def test_while_redis_is_away_its_gauges_are_left_out(
    http: httpx2.AsyncClient, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process.redis, "exists", away)
    page = await scrape(http)
    assert [page.value("up", part=part) for part in ("database", "redis", "worker")] == [1, 0, 0]
    assert page.value("alarms") is None
    assert [page.value(name) for name in DUE] == [0] * 4


async def test_what_goes_away_just_then_is_left_out(
    http: httpx2.AsyncClient, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_gauges, "run_sql", away)
    monkeypatch.setattr(type(process.alarms), "pending", away)
    page = await scrape(http)
    assert [page.value("up", part=part) for part in ("database", "redis")] == [1, 1]
    assert [page.value(name) for name in (*DUE, "alarms")] == [None] * 5


async def away(*_: object) -> Any:
    raise ConnectionRefusedError("nobody there")
