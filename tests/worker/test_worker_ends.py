"""How a worker ends: arq's dies of its Redis and is built again, and being told to stop is the end in any case."""

import asyncio
from typing import Any

import asyncpg
from support.publishing import due_post, on
from support.story import eventually
from support.workers import working

from perennial.jobs.worker_functions import WorkerFunction
from perennial.publishing import _recording
from perennial.worker import running


async def test_a_worker_that_died_of_what_redis_answered_is_built_again(process, alice, clock, monkeypatch):
    """A Redis that is away is waited for; one that answers with an error, as a full one does, ends arq's worker."""
    built: list[Any] = []
    build = running._worker
    monkeypatch.setattr(running, "_worker", lambda *given: built.append(build(*given)) or built[-1])
    await alice.connect("X")
    post = await due_post(alice, clock, x="Hello")
    await process.redis.flushdb()
    await process.redis.set(process.redis.queue, "no queue at all")
    async with working(process):
        await eventually(lambda: is_twice(built), "it is built again")
        await process.redis.delete(process.redis.queue)
        await process.alarms.enqueue(WorkerFunction.PUBLISH)
        await eventually(lambda: is_published(alice, post), "the post is out")


async def test_told_to_stop_while_the_database_is_away_it_ends_all_the_same(process, alice, clock, monkeypatch):
    """What it holds in its hands is in doubt then, once the lease has run out."""
    recording_began = asyncio.Event()

    async def away(*_: Any) -> None:
        recording_began.set()
        raise asyncpg.CannotConnectNowError("the database system is starting up")

    monkeypatch.setattr(_recording, "_write", away)
    monkeypatch.setattr(running, "STOP_SECONDS", 0.2)
    await alice.connect("X")
    await due_post(alice, clock, x="Hello")
    async with asyncio.timeout(20), working(process):
        await process.alarms.enqueue(WorkerFunction.PUBLISH)
        await recording_began.wait()


async def is_twice(built: list[Any]) -> bool:
    return len(built) > 1


async def is_published(user: Any, post: Any) -> bool:
    return (await on(user, post))["status"] == "PUBLISHED"
