"""One command and nothing configured: a real server."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP
from typing import Any

import pytest
from support import api
from support.api import User
from support.embedded import login, serving, visiting
from support.metrics import scrape
from support.processes import descendants, free_port, is_running, until
from support.story import BOTH, Site, assert_it_does_not_exist_for, assert_it_ran_once, eventually, queue_a_post

from perennial.embedded.demonstration import LINKEDIN_TEXT, X_TEXT


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server that runs through the whole module."""
    chosen = free_port()
    with serving(tmp_path_factory.mktemp("embedded") / "var", chosen):
        yield chosen


@pytest.fixture
async def site(port: int) -> AsyncIterator[Site]:
    async with visiting(port) as found:
        yield found


async def test_on_the_first_evening_a_post_comes_back_by_itself_on_both_platforms(site):
    async def shown() -> Any:
        posts = await site.posts("demo")
        return posts if len(posts) == 2 else None

    posts = await eventually(shown, "the demonstration's post is out on both")
    assert {post["platform"]: post["text"] for post in posts} == {"X": X_TEXT, "LINKEDIN": LINKEDIN_TEXT}


async def test_the_timeline_is_told_which_queue_made_a_post_and_when_the_next_one_comes(site):
    alice = await login(site, "alice")
    queue = await queue_a_post(site, alice)
    ids = [one["remoteId"] for one in queue["executions"]["nodes"][0]["post"]["publications"]]
    assert set(ids) <= {post["id"] for post in await site.posts("alice")}
    told = (await site.http.get("/sandbox/origins", params={"id": ids})).json()
    assert [told["posts"][one] for one in ids] == [{"queue": queue["id"], "occurrence": 1}] * 2
    assert told["queues"][queue["id"]]["nextScheduledTime"] == queue["nextScheduledTime"]
    assert queue["id"] in {one["queue"] for one in told["coming"]}


async def test_a_queued_post_goes_out_on_both_platforms_and_for_the_other_user_it_does_not_exist(site):
    alice, mallory = await login(site, "alice"), await login(site, "mallory")
    queue = await queue_a_post(site, alice)
    assert_it_ran_once(queue)
    await assert_it_does_not_exist_for(mallory, queue)
    assert await alice.queue(queue["id"]) == queue


async def test_mallory_cannot_disconnect_bobs_account(site):
    bob, mallory = await login(site, "bob"), await login(site, "mallory")
    for account in await bob.do(api.ACCOUNTS_QUERY):
        assert (await mallory.refused(api.DISCONNECT_ACCOUNT, id=account["id"])).code == "NOT_FOUND"
    assert {account["platform"] for account in await bob.do(api.ACCOUNTS_QUERY)} == BOTH


async def test_a_token_comes_with_accounts_unless_they_are_not_wanted(site):
    lonely = await login(site, "nobody", connect=False)
    assert await lonely.do(api.ACCOUNTS_QUERY) == []
    connected = await login(site, "nobody")
    assert {account["platform"] for account in await connected.do(api.ACCOUNTS_QUERY)} == BOTH


@pytest.mark.parametrize("body", ["", "[]", '{"user": 7}', '{"user": ""}', '{"user": "alice", "connect": "no"}'])
async def test_a_request_for_a_token_that_makes_no_sense_is_refused_with_a_reason(site, body):
    answer = await site.http.post("/sandbox/token", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


async def test_it_says_that_it_lives_and_that_it_is_ready(site):
    alive, ready = await site.http.get("/healthz"), await site.http.get("/readyz")
    assert (alive.status_code, alive.text) == (200, "ok\n")
    parts = {"database": "up", "redis": "up", "worker": "up", "missing": []}
    assert (ready.status_code, ready.json()) == (200, parts)


async def test_its_metrics_speak_of_server_and_worker_together(site):
    alice = await login(site, "alice")
    await queue_a_post(site, alice)
    page = await scrape(site.http)
    assert page.value("executions_total", outcome="executed") >= 1
    assert page.value("publications_total", platform="x", status="published") >= 1
    assert page.value("http_requests_total", operation="anonymous", outcome="ok") >= 1
    assert [page.value("up", part=part) for part in ("database", "redis", "worker")] == [1, 1, 1]


@pytest.fixture
async def alone(tmp_path: Path) -> AsyncIterator[tuple[Site, int]]:
    """A server of the test's own whose cron looks for due queues at midnight alone, and its Redis' process id."""
    port = free_port()
    with serving(tmp_path / "var", port, PERENNIAL_PROCESS_QUEUES_EVERY="day") as process:
        async with visiting(port) as site:
            (redis,) = descendants(process.pid)
            yield site, redis


async def test_while_its_redis_is_silent_it_lives_and_is_not_ready(alone):
    site, redis = alone
    os.kill(redis, SIGSTOP)
    assert (await site.http.get("/healthz")).status_code == 200
    ready = await site.http.get("/readyz")
    assert (ready.status_code, ready.json()["redis"], ready.json()["database"]) == (503, "down", "up")
    os.kill(redis, SIGCONT)
    await site.until_ready()


async def test_its_redis_is_killed_and_a_queue_that_was_waiting_goes_out_at_its_time(alone):
    """The alarm comes back with Redis: the cron would find the queue at midnight."""
    site, redis = alone
    alice = await login(site, "alice")
    queueing = asyncio.create_task(queue_a_post(site, alice, ahead=6))
    await eventually(lambda: queues_of(alice), "the queue is there")
    os.kill(redis, SIGKILL)
    until(lambda: not is_running(redis), "the process ended")
    await site.until_ready()
    assert_it_ran_once(await queueing)


async def queues_of(user: User) -> Any:
    return (await user.do(api.QUEUES_QUERY))["nodes"]
