"""What is older than it is to be kept goes: clones with their publications, and the ledger's rows."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import pytest
import structlog
from support.api import DELETE_QUEUE, POSTS_QUERY, User
from support.clock import FakeClock
from support.keeping.old_clones import KEEP, clone_of, pruner, ran_queue
from support.rows import add_executions
from support.ticks import clones, ledger

from perennial.db.models import Post, Publication, QueueExecution
from perennial.keeping import _old_clones, _old_executions, pruning
from perennial.keeping.pruning import Pruned
from perennial.observe import metrics
from perennial.process import Process, assemble

WAIT_SECONDS = 30.0
NAMES = ("BATCH_SIZE", "SQLITE_BATCH_SIZE")
EXECUTIONS = """query ($id: ID!, $first: Int, $after: String) { queue(id: $id) {
    executions(first: $first, after: $after) { nodes { id scheduledTime } pageInfo { endCursor hasNextPage } } } }"""


@pytest.fixture(autouse=True)
async def _connected(alice: User, clock: FakeClock) -> None:
    await alice.connect("X", "LINKEDIN")


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two rows, without rests."""
    for module in (_old_clones, _old_executions):
        for name in NAMES:
            monkeypatch.setattr(module, name, 2)
    monkeypatch.setattr(pruning, "REST_FACTOR", 0.0)


def deleted(done: Pruned) -> tuple[int, int, int]:
    return done.clones, done.publications, done.executions


async def test_a_clone_goes_with_its_publications_and_its_row_and_the_counts_stay(
    alice: User, clock: FakeClock, process: Process
) -> None:
    queue = await ran_queue(alice, clock, process)
    assert len(queue["executions"]["nodes"]) == 1
    clock.now += KEEP
    assert deleted(await pruner().prune()) == (1, 2, 1)
    after = await alice.queue(queue["id"])
    assert (after["executionCount"], after["lastExecutedTime"]) == (1, queue["lastExecutedTime"])
    assert (await clones(alice, queue), after["executions"]["nodes"]) == ([], [])
    assert after["originalPost"] == queue["originalPost"]
    assert await Publication.all().count() == 2, "those of the original"


async def test_what_is_younger_stays(alice: User, clock: FakeClock, process: Process) -> None:
    queue = await ran_queue(alice, clock, process)
    clock.now += KEEP - timedelta(milliseconds=1)
    assert deleted(await pruner().prune()) == (0, 0, 0)
    assert await ledger(alice, queue) == [("EXECUTED", None)]
    assert len(await clones(alice, queue)) == 1


async def test_without_a_limit_everything_stays_for_ever(alice: User, clock: FakeClock, process: Process) -> None:
    queue = await ran_queue(alice, clock, process)
    clock.advance(days=10_000)
    assert deleted(await process.pruner.prune()) == (0, 0, 0)
    assert len(await clones(alice, queue)) == 1


async def test_the_setting_is_in_days(alice: User, clock: FakeClock, process: Process) -> None:
    await ran_queue(alice, clock, process)
    settings = process.settings.model_copy(update={"keep_days": 2})
    two_days = assemble(settings, process.session, process.redis).pruner
    clock.advance(hours=47.9)
    assert deleted(await two_days.prune()) == (0, 0, 0)
    clock.advance(hours=1.1)
    assert deleted(await two_days.prune()) == (1, 2, 1)


async def test_an_occurrence_that_did_not_run_goes_as_well(alice: User, clock: FakeClock, process: Process) -> None:
    queue = await ran_queue(alice, clock, process, texts={"x": "Hello"})
    await add_executions(queue, [clock.now - timedelta(days=days) for days in (1, 2)])
    clock.now += KEEP
    assert deleted(await pruner().prune()) == (1, 1, 3)


async def test_clones_of_a_queue_that_is_deleted_go_too(alice: User, clock: FakeClock, process: Process) -> None:
    queue = await ran_queue(alice, clock, process)
    await alice.do(DELETE_QUEUE, id=queue["id"])
    assert len(await clones(alice, queue)) == 1
    clock.now += KEEP
    assert deleted(await pruner().prune()) == (1, 2, 0)


@pytest.mark.usefixtures("small_batches")
async def test_many_go_in_many_batches(alice: User, clock: FakeClock, process: Process) -> None:
    for number in range(5):
        queue = await ran_queue(alice, clock, process, texts={"x": f"Number {number}"}, maxExecutions=1)
        await alice.create_post(x=f"Mine {number}")
    await add_executions(queue, [clock.now - timedelta(days=days) for days in range(1, 8)])
    clock.now += KEEP
    done = await pruner().prune()
    assert (deleted(done), done.is_complete) == ((5, 5, 12), True)
    assert await Post.filter(created_by_queue_id__isnull=True).count() == 10


@pytest.mark.usefixtures("small_batches")
async def test_one_that_is_told_to_stop_leaves_the_rest_to_the_next_call(
    alice: User, clock: FakeClock, process: Process
) -> None:
    for number in range(5):
        await ran_queue(alice, clock, process, texts={"x": f"Number {number}"}, maxExecutions=1)
    clock.now += KEEP
    one = pruner()
    assert deleted(await during(one.prune(), one.stopping.set)) < (5, 5, 5)
    one.stopping.clear()
    rest = await one.prune()
    assert rest.is_complete
    assert await Post.filter(created_by_queue_id__isnull=False).count() == await QueueExecution.all().count() == 0


async def test_a_rest_ends_with_the_call_and_the_next_goes_on(
    alice: User, clock: FakeClock, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that took long would have it rest beyond the minute, in which another worker begins."""
    await ran_queue(alice, clock, process)
    clock.now += KEEP
    one = pruner()
    monkeypatch.setattr(pruning, "REST_FACTOR", 1e9)
    monkeypatch.setattr(pruning, "SECONDS_MAX", 0.2)
    monkeypatch.setattr(_old_clones, "BATCH_SIZE", 1)
    monkeypatch.setattr(_old_clones, "SQLITE_BATCH_SIZE", 1)
    async with asyncio.timeout(WAIT_SECONDS):
        assert not (await one.prune()).is_complete
        while not (await one.prune()).is_complete:
            pass
    assert await Post.filter(created_by_queue_id__isnull=False).count() == 0


async def during(work: Awaitable[Pruned], act: Any) -> Pruned:
    """The result of the work, during which something else happens."""
    running = asyncio.ensure_future(work)
    await asyncio.sleep(0)
    act()
    return await running


async def test_after_its_end_the_next_walk_begins_an_hour_later(
    alice: User, clock: FakeClock, process: Process
) -> None:
    one = pruner()
    await clone_of(alice, clock, process)
    clock.now += KEEP - timedelta(minutes=1)
    assert deleted(await one.prune()) == (0, 0, 0)
    clock.advance(minutes=59)
    assert deleted(await one.prune()) == (0, 0, 0)
    clock.advance(minutes=1)
    assert deleted(await one.prune()) == (1, 2, 1)


async def test_cursors_that_point_to_what_is_gone_go_on(alice: User, clock: FakeClock, process: Process) -> None:
    """The newest stays, and the page after what is gone is that of the rest."""
    mine = await alice.create_post(x="Mine, and the oldest")
    queue = await ran_queue(alice, clock, process)
    posts = await alice.do(POSTS_QUERY, first=1)
    (execution,) = (await alice.do(EXECUTIONS, id=queue["id"]))["executions"]["nodes"]
    cursor = (await alice.do(EXECUTIONS, id=queue["id"]))["executions"]["pageInfo"]["endCursor"]
    earlier = clock.now - timedelta(days=5)
    clock.now += KEEP
    assert deleted(await pruner().prune()) == (1, 2, 1)
    await add_executions(queue, [earlier])
    page = (await alice.do(EXECUTIONS, id=queue["id"], after=cursor))["executions"]
    assert [row["scheduledTime"] < execution["scheduledTime"] for row in page["nodes"]] == [True]
    left = await alice.do(POSTS_QUERY, after=posts["pageInfo"]["endCursor"])
    assert [post["id"] for post in left["nodes"]] == [queue["originalPostId"], mine["id"]]


async def test_a_run_has_one_line_with_counts_and_they_are_counted(
    alice: User, clock: FakeClock, process: Process
) -> None:
    await ran_queue(alice, clock, process)
    clock.now += KEEP
    before = counted()
    with structlog.testing.capture_logs() as lines:
        await pruner().prune()
    (line,) = [one for one in lines if one["event"] == "pruning.done"]
    assert {name: line[name] for name in ("clones", "publications", "executions", "is_complete")} == {
        "clones": 1,
        "publications": 2,
        "executions": 1,
        "is_complete": True,
    }
    assert line["log_level"] == "info"
    assert {kind: number - before[kind] for kind, number in counted().items()} == {
        "clones": 1,
        "publications": 2,
        "executions": 1,
    }


def counted() -> dict[str, float]:
    kinds = ("clones", "publications", "executions")
    return {kind: metrics.REGISTRY.get_sample_value("perennial_pruned_total", {"kind": kind}) or 0 for kind in kinds}
