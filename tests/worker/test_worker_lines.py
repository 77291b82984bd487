"""What a worker logs says which call it belongs to, and which run of it."""

import asyncio
from datetime import timedelta
from typing import Any

import structlog
from support.publishing import due_post, eventually
from support.ticks import due_queue

from perennial.jobs.worker_functions import WorkerFunction
from perennial.process import Process
from perennial.worker import running

Lines = list[Any]


async def test_every_line_of_a_call_carries_its_name_and_its_run(process: Process, alice: Any, clock: Any) -> None:
    await alice.connect("X")
    await due_queue(alice, clock.now + timedelta(minutes=1), {"x": "From a queue"})
    await due_post(alice, clock, x="Hello")
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as log:
        working = asyncio.create_task(running.run(process))
        try:
            await eventually(lambda: _are_told(log))
        finally:
            process.stopping.set()
            await working
    ticked, settled = of(log, "queue.executed"), of(log, "publication.settled")
    assert {line["call"] for line in ticked} == {WorkerFunction.PROCESS_QUEUES.value}
    assert {line["call"] for line in settled} == {WorkerFunction.PUBLISH.value}
    runs = {line["run"]: line["call"] for line in log if "run" in line}
    assert len(runs) >= 2  # a run has one call alone
    assert all(line["call"] == runs[line["run"]] for line in log if "run" in line)
    assert all(len(run) == 32 for run in runs)


def of(log: Lines, event: str) -> Lines:
    return [line for line in log if line["event"] == event]


async def _are_told(log: Lines) -> bool:
    return bool(of(log, "queue.executed")) and len(of(log, "publication.settled")) == 2
