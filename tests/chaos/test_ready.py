"""Ready means ready: started while Redis is away, server and worker say so, and go on when it is there."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from redis.asyncio import Redis
from support.production.seeds import connect
from support.production.stage import CRON_SECONDS, Stage
from support.production.truth import assert_nothing_twice
from support.story import eventually, soon


async def test_a_worker_is_ready_once_redis_lets_it_in_and_the_api_serves_meanwhile(stage: Stage) -> None:
    """The password is not kept: without it Redis comes back."""
    await connect(stage, ["alice"])
    async with Redis.from_url(stage.redis.url) as operator:
        await operator.config_set("requirepass", "hunter2")
    stage.worker()
    await stage.server()
    logs = worker_log, _ = stage.folder / "worker-1.log", stage.folder / "server-2.log"
    for log in logs:
        await eventually(has(log, "part.missing", "it wants a password"), "it says what keeps it out")
    alice = stage.user("alice")
    post = await alice.create_post(x="As soon as it can be", linkedin="As soon as it can be")
    await alice.create_queue(post["id"], soon(1))
    stage.redis.stop()
    for log in logs:
        await eventually(has(log, "part.missing", "there is no such socket"), "it says that Redis is away now")
    assert not events(worker_log, "worker.ready")
    stage.redis.start()
    await eventually(has(worker_log, "worker.ready"), "the worker is up", CRON_SECONDS)
    for log in logs:
        await eventually(has(log, "part.found"), "it says that Redis is there")
    await stage.seconds_pass(2)
    await stage.settled(CRON_SECONDS)
    assert len(await stage.posts()) == 2
    await assert_nothing_twice(stage)


def has(log: Path, event: str, reason: str = "") -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        lines = await asyncio.to_thread(events, log, event)
        return any(reason in str(line.get("reason", "")) for line in lines)

    return look


def events(log: Path, event: str) -> list[dict[str, object]]:
    """The lines of a log that have this event."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == event]
