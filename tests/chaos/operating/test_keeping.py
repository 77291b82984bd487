"""A pruning, and the deletion of all that an owner has, killed in the middle, beside workers that go on."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from subprocess import Popen
from typing import Any
from uuid import UUID

from support.processes import completed, running, stop
from support.production.seeds import BOTH, ago, connect, insert, listed, posts, queues
from support.production.stage import CRON_SECONDS, KILLED, Stage, dies
from support.production.truth import assert_nothing_twice
from support.story import eventually, soon

from perennial.core.fault_points import FaultPoint
from perennial.core.ids import first_id_of
from perennial.jobs.worker_functions import WorkerFunction
from perennial.keeping._old_clones import BATCH_SIZE

OLD = 3 * BATCH_SIZE
HALF = "SELECT count(*) FROM posts WHERE (SELECT count(*) FROM publications WHERE post_id = posts.id) <> 2"
CLONES = "SELECT count(*) FROM posts WHERE created_at < now() - interval '30 days'"
ROWS = "SELECT count(*) FROM queue_executions WHERE executed_time < now() - interval '30 days'"
LEFT = """
    SELECT (SELECT count(*) FROM posts WHERE clerk_user_id = $1)
        + (SELECT count(*) FROM recurring_queues WHERE clerk_user_id = $1)
        + (SELECT count(*) FROM connected_accounts WHERE clerk_user_id = $1)
        + (SELECT count(*) FROM publications WHERE post_id NOT IN (SELECT id FROM posts))
        + (SELECT count(*) FROM queue_executions WHERE queue_id NOT IN (SELECT id FROM recurring_queues))
"""
WAITS = """
    SELECT 1 FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FROM posts%FOR UPDATE%'
"""


async def old_clones(stage: Stage, queue: UUID) -> None:
    """What a queue of Alice's has made two months ago."""
    begun = ago(days=60)
    first = first_id_of(begun).int
    numbers = range(OLD)
    ids = [UUID(int=first + number) for number in numbers]
    common = {"clerk_user_id": "alice", "status": "published", "created_at": begun, "updated_at": begun}
    common["platforms"] = listed(BOTH)
    await insert(stage, "posts", [{"id": one, "created_by_queue_id": queue, **common} for one in ids])
    rows = [
        {
            "id": UUID(int=one.int << 4 & 2**128 - 1 | place),
            "post_id": one,
            "platform": platform,
            "content": "Hello",
            "status": "published",
            "attempts": 1,
            "published_time": begun,
        }
        for one in ids
        for place, platform in enumerate(("x", "linkedin"))
    ]
    await insert(stage, "publications", rows)
    times: list[dict[str, Any]] = [
        {"id": one, "queue_id": queue, "scheduled_time": ago(days=60, seconds=number), "executed_time": begun}
        for number, one in enumerate(ids)
    ]
    same = {"outcome": "executed", "missed_count": 0}
    await insert(stage, "queue_executions", [row | same | {"post_id": row["id"]} for row in times])


async def test_a_pruning_that_is_killed_leaves_nothing_half_and_goes_on_beside_publishing(stage: Stage) -> None:
    await connect(stage, ["alice"])
    (queue,) = await queues(stage, ["alice"], soon(3_600))
    await old_clones(stage, queue)
    stage.environment["PERENNIAL_KEEP_DAYS"] = "30"
    assert await dies(stage.worker(f"{FaultPoint.PRUNING_DELETED}:2"), CRON_SECONDS) == KILLED
    assert await stage.one(CLONES) == OLD - BATCH_SIZE
    assert await stage.one(HALF) == 0
    await posts(stage, ["alice"])
    await stage.ready_worker()
    await eventually(lambda: nothing_is_old(stage), "all that is old is gone", CRON_SECONDS)
    await stage.settled()
    assert await stage.one(HALF) == 0
    assert (await stage.requests()).total() == 2
    assert await stage.one("SELECT count(*) FROM recurring_queues") == 1
    await assert_nothing_twice(stage)


async def nothing_is_old(stage: Stage) -> bool:
    return bool(await stage.one(f"SELECT ({CLONES}) + ({ROWS}) = 0"))


async def test_an_owner_is_forgotten_beside_a_worker_although_that_was_killed(stage: Stage) -> None:
    """Somebody holds one of Alice's posts, so that it is killed while it deletes them."""
    await connect(stage, ["alice", "bob"])
    await queues(stage, ["alice"] * 20, soon(3))
    await queues(stage, ["bob"] * 20, soon(3))
    (held, *_) = await posts(stage, ["alice"] * 10, soon(3_600))
    await posts(stage, ["alice"] * 10)
    await stage.ready_worker()
    async with holding(stage, held), forgetting(stage) as first:
        await eventually(lambda: stage.one(WAITS), "it waits for the post")
        assert stop(first, signal.SIGKILL) == KILLED
    assert await stage.one(LEFT, "alice") > 0
    again = await asyncio.to_thread(completed, "-m", "perennial", "forget", "alice", "--yes", **stage.environment)
    assert again.returncode == 0, again.stderr
    sent = await alices(stage)  # what was on the wire when it was killed has gone out meanwhile
    await stage.work(WorkerFunction.PROCESS_QUEUES)
    await stage.work(WorkerFunction.PUBLISH)
    await stage.settled()
    assert await stage.one(LEFT, "alice") == 0
    assert await alices(stage) == sent, "nothing went out after it had ended"
    bobs = "SELECT count(*) FROM publications JOIN posts ON posts.id = post_id WHERE clerk_user_id = 'bob'"
    await eventually(lambda: is_out(stage, bobs, 2 * 20), "what bob has queued is out")
    await assert_nothing_twice(stage)


async def is_out(stage: Stage, sql: str, number: int) -> bool:
    return bool(await stage.one(f"{sql} AND publications.status = 'published'") == number)


async def alices(stage: Stage) -> int:
    """How many requests there were for Alice."""
    return sum(number for (_, user, _), number in (await stage.requests()).items() if user == "alice")


@asynccontextmanager
async def holding(stage: Stage, post: UUID) -> AsyncIterator[None]:
    """Holds the lock of a post."""
    async with stage.database.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM posts WHERE id = $1 FOR UPDATE", post)
        yield


@asynccontextmanager
async def forgetting(stage: Stage) -> AsyncIterator["Popen[bytes]"]:
    """A process that deletes all that Alice has."""
    log = stage.folder / "forget.log"
    with running("-m", "perennial", "forget", "alice", "--yes", log=log, **stage.environment) as process:
        yield process


MANY = 60
ON_THE_WIRE = "SELECT count(*) FROM publications WHERE status = 'publishing' AND request_started_time IS NOT NULL"


async def test_who_is_forgotten_while_a_request_is_out_is_told_so_and_nothing_goes_out_afterwards(stage: Stage) -> None:
    """The platform takes its time for Alice's first posts; more of hers are due than may be under way."""
    await connect(stage, ["alice", "bob"])
    await stage.fail("X", user="alice", delay_seconds=3, times=100)
    await posts(stage, ["alice"] * MANY, platforms=["X"])
    await queues(stage, ["alice", "bob"], soon(2))
    await stage.ready_worker()
    await eventually(lambda: stage.one(ON_THE_WIRE), "a request is out")
    done = await asyncio.to_thread(completed, "-m", "perennial", "forget", "alice", "--yes", **stage.environment)
    assert done.returncode == 0, done.stderr
    assert "posts that are being sent: going on" in done.stderr
    sent, published = await stage.requests(), await stage.posts()
    assert 1 <= len([key for key in published if key[1] == "alice"]) < MANY
    assert await stage.one(LEFT, "alice") == 0
    await stage.heal()
    await stage.work(WorkerFunction.PROCESS_QUEUES)
    await stage.work(WorkerFunction.PUBLISH)
    await stage.settled()
    assert {key for key in await stage.posts() if key[1] == "alice"} == {key for key in published if key[1] == "alice"}
    assert {key for key in await stage.requests() if key[1] == "alice"} == {key for key in sent if key[1] == "alice"}
    assert await stage.one(LEFT, "alice") == 0
    logs = [log.read_text() for log in stage.folder.glob("worker-*.log")]
    assert [one for log in logs for one in log.splitlines() if "worker.ready" in one]
    assert [one for log in logs for one in log.splitlines() if "Traceback" in one or '"error"' in one] == []
