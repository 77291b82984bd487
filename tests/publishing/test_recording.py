"""Recording what came back: one row that cannot be written costs itself alone, and an outage is waited out."""

import asyncpg
import httpx2
import pytest
from support.api import User
from support.clock import FakeClock
from support.production.poison import poisoned
from support.publishing import account, arrived, claim_due, connect, due_post, fail, on, refresh_token, row

from perennial.accounts import refreshing
from perennial.core.platform_errors import Refused
from perennial.db import retrying
from perennial.process import Process
from perennial.publishing import _recording
from perennial.publishing.claims import CLAIM_LEASE, ClaimResult
from perennial.publishing.overdue import LEASE_RAN_OUT


class Outage:
    """Fails the first calls of a function as a database does that is away, and then lets them through."""

    def __init__(self, function: object, times: int) -> None:
        self.function = function
        self.times = times

    async def __call__(self, *arguments: object) -> object:
        if self.times:
            self.times -= 1
            raise asyncpg.CannotConnectNowError("the database system is starting up")
        return await self.function(*arguments)


def away_for_new_tokens(monkeypatch: pytest.MonkeyPatch, times: int) -> Outage:
    """The database is away when new tokens are to be stored."""
    away = Outage(None, times)

    async def retry_while_away(write: object) -> object:
        away.function = write
        return await retrying.retry_while_away(away)

    monkeypatch.setattr(refreshing, "retry_while_away", retry_while_away)
    return away


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "RETRY_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(retrying, "RETRY_SECONDS_MAX", 0.5)


async def test_a_result_that_cannot_be_written_does_not_cost_the_others(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    posts = [await due_post(alice, clock, x=f"Text {number}") for number in range(3)]
    broken = await row(posts[1])
    async with poisoned("UPDATE OF remote_id ON publications", "id", {"id": broken.id}):
        await process.publisher.publish_due()
    states = [(await on(alice, post))["status"] for post in posts]
    assert states == ["PUBLISHED", "PUBLISHING", "PUBLISHED"]


async def test_a_result_that_was_lost_is_a_doubt_when_the_lease_has_run_out(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    async with poisoned("UPDATE OF remote_id ON publications", "id", {"id": (await row(post)).id}):
        await process.publisher.publish_due()
    clock.now += CLAIM_LEASE
    await process.publisher.publish_due()
    shown = await on(alice, post)
    assert (shown["status"], shown["errorMessage"]) == ("UNCONFIRMED", LEASE_RAN_OUT)
    assert await arrived(sandbox) == ["Hello"]


async def test_results_wait_until_the_database_is_back(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.connect("X", "LINKEDIN")
    post = await due_post(alice, clock, x="Hello", linkedin="Hello there")
    away = Outage(_recording._write, times=7)
    monkeypatch.setattr(_recording, "_write", away)
    await process.publisher.publish_due()
    assert away.times == 0
    assert (await alice.post(post["id"]))["status"] == "PUBLISHED"
    assert sorted(await arrived(sandbox)) == ["Hello", "Hello there"]


async def test_a_database_that_stays_away_leaves_a_doubt_and_not_a_second_post(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    with monkeypatch.context() as patched:
        patched.setattr(_recording, "_write", Outage(_recording._write, times=1_000_000))
        assert not await process.publisher.publish_due()
    clock.now += CLAIM_LEASE
    await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == "UNCONFIRMED"
    assert await arrived(sandbox) == ["Hello"]


async def test_a_database_that_stays_away_is_waited_for_once_for_all_that_came_back(
    alice: User, clock: FakeClock, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each by itself, they would be waited for long after their leases have run out."""
    await alice.connect("X", "LINKEDIN")
    await due_post(alice, clock, x="Hello", linkedin="Hello there")
    claimed = await claim_due(clock, "X", "LINKEDIN")
    waits = []

    async def retry_while_away(write: object) -> object:
        waits.append(write)
        raise asyncpg.CannotConnectNowError("the database system is starting up")

    monkeypatch.setattr(_recording, "retry_while_away", retry_while_away)
    assert await _recording.record([ClaimResult(one, Refused("REFUSED", "no")) for one in claimed]) == []
    assert len(waits) == 1


async def test_new_tokens_are_stored_as_soon_as_the_database_is_back(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await connect(alice, "X", refresh_token("alice"))
    post = await due_post(alice, clock, x="Hello")
    await fail(sandbox, "X", status=401, token="sandbox-alice", times=1000)
    away = away_for_new_tokens(monkeypatch, times=3)
    await process.publisher.publish_due()
    assert away.times == 0
    assert (await on(alice, post))["status"] == "PUBLISHED"
    assert process.publisher.sender.refresher.access_token(await account(alice)).startswith("sandbox-alice~")


async def test_a_rejected_post_whose_refresh_breaks_off_is_tried_again_and_not_in_doubt(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await connect(alice, "X", refresh_token("alice"))
    post = await due_post(alice, clock, x="Hello")
    await fail(sandbox, "X", status=401, token="sandbox-alice", times=1000)
    away_for_new_tokens(monkeypatch, times=1_000_000)
    await process.publisher.publish_due()
    shown = await on(alice, post)
    assert (shown["status"], shown["attempts"], shown["errorCode"]) == ("SCHEDULED", 1, "REFRESH_FAILED")
