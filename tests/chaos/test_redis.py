"""Redis emptied, restarted, or away while things fall due: it is an alarm clock, and the work is done without it."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from support.api import QUEUES_QUERY, User
from support.production.seeds import connect
from support.production.stage import CRON_SECONDS, Stage
from support.production.truth import assert_nothing_twice, counts, publications
from support.story import eventually, soon


async def flushed(stage: Stage, alice: User) -> None:
    """Every alarm is forgotten."""
    async with stage.jobs() as redis:
        await redis.flushall()


async def restarted(stage: Stage, alice: User) -> None:
    """It is gone for a moment."""
    stage.redis.stop()
    stage.redis.start()


async def away_for_ten_seconds(stage: Stage, alice: User) -> None:
    """The API answers as ever meanwhile, and takes what falls due before Redis is back."""
    known = (await alice.do(QUEUES_QUERY))["nodes"]
    stage.redis.stop()
    assert (await alice.do(QUEUES_QUERY))["nodes"] == known
    await due_soon(alice, "meanwhile")
    assert len((await alice.do(QUEUES_QUERY))["nodes"]) == len(known) + 1
    assert (await alice.queue(known[0]["id"]))["id"] == known[0]["id"]
    await stage.seconds_pass(10)
    stage.redis.start()


Trouble = Callable[[Stage, User], Awaitable[None]]


@pytest.mark.parametrize("trouble", [flushed, restarted, away_for_ten_seconds])
async def test_all_goes_out_once_and_nobody_has_to_start_anything_anew_though_redis_is(stage, trouble: Trouble):
    """What falls due while its alarm is lost is found by the cron, a minute later at most."""
    await connect(stage, ["alice"])
    server, worker, alice = await stage.server(), await stage.ready_worker(), stage.user("alice")
    await due_soon(alice, "before")
    await trouble(stage, alice)
    await stage.seconds_pass(4)
    await stage.settled(CRON_SECONDS)
    await eventually(lambda: is_ready(stage.http), "the worker is back", CRON_SECONDS)
    await due_soon(alice, "after")
    await stage.seconds_pass(4)
    await stage.settled(CRON_SECONDS)
    assert (server.poll(), worker.poll()) == (None, None)
    await assert_all_are_out(stage)


async def due_soon(alice: User, words: str) -> None:
    """A queue and a post of its own, some seconds ahead."""
    for kind in ("queued", "scheduled"):
        post: Any = await alice.create_post(x=f"{kind} {words}", linkedin=f"{kind} {words}")
        if kind == "queued":
            await alice.create_queue(post["id"], soon(3))
        else:
            await alice.schedule_post(post["id"], soon(3))


async def is_ready(http: httpx2.AsyncClient) -> bool:
    return (await http.get("/readyz")).status_code == 200


async def assert_all_are_out(stage: Stage) -> None:
    """Each queue ran once, and each text went out on both platforms, by one request."""
    made = await stage.one("SELECT count(*) FROM recurring_queues")
    found = await publications(stage)
    assert {row["status"] for row in found.values()} == {"published"}
    total = {"ledger": made, "clones": made, "published": 4 * made, "requests": 4 * made}
    assert (await counts(stage), len(found)) == (total, 4 * made)
    await assert_nothing_twice(stage)
