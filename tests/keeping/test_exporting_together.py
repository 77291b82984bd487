"""`perennial export` beside those who write: what is there all the time is in it, once."""

from typing import Any

import pytest
from support.api import DELETE_POST, DELETE_QUEUE, UPDATE_QUEUE, User
from support.clock import FakeClock
from support.rows import add_executions
from support.ticks import HOUR, clones

from perennial.keeping import exporting
from perennial.keeping.exporting import export
from perennial.process import Process


async def test_whatever_is_written_meanwhile_nothing_is_left_out_or_in_it_twice(
    alice: User, clock: FakeClock, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages of one. After the first lines of each kind a queue runs, or is moved, and something is made or deleted."""
    monkeypatch.setattr(exporting, "PAGE_SIZE", 1)
    monkeypatch.setattr(exporting, "PARENTS_MAX", 1)
    await alice.connect("X")
    posts = [await alice.create_post(x=f"Number {number}") for number in range(4)]
    queues = [await alice.create_queue(post["id"], clock.now + HOUR, interval=1) for post in posts[:3]]
    gone = [await alice.create_post(x=f"Old {number}") for number in range(4)]
    queues_gone = [await alice.create_queue(posts[3]["id"], clock.now + HOUR) for _ in range(2)]
    await add_executions(queues[0], [clock.now - n * HOUR for n in range(1, 4)])
    stays = {one["id"] async for one in export(alice.name)} - ids_of(gone) - ids_of(queues_gone)
    stays -= {one["id"] for post in gone for one in post["publications"]}

    async def change(number: int) -> None:
        clock.advance(days=1)
        await process.ticker.process_due_queues()
        await alice.create_post(x=f"New {number}")
        moved = queues[number % 3]["id"]
        await alice.do(UPDATE_QUEUE, id=moved, input={"nextScheduledTime": (clock.now + HOUR).isoformat()})
        if gone and number % 3 == 0:
            await alice.do(DELETE_POST, id=gone.pop()["id"])
        if queues_gone and number % 5 == 0:
            await alice.do(DELETE_QUEUE, id=queues_gone.pop()["id"])

    lines: list[dict[str, Any]] = []
    async for line in export(alice.name):
        lines.append(line)
        if sum(one["kind"] == line["kind"] for one in lines) <= 8:
            await change(len(lines))
    ids = [line["id"] for line in lines]
    assert len(ids) == len(set(ids)), "each is in it once"
    assert stays <= set(ids)
    assert {line["clerkUserId"] for line in lines if "clerkUserId" in line} == {alice.name}
    assert len(await clones(alice, queues[0])) > 1, "queues have run"


def ids_of(rows: list[Any]) -> set[str]:
    return {row["id"] for row in rows}
