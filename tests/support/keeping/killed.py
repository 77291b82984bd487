"""Processes that delete rows, in small batches, and are killed at any moment."""

import asyncio
import os
import random
import signal
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from perennial.keeping import _old_clones, _old_executions, forgetting, pruning
from perennial.keeping.pruning import Pruner
from perennial.process.commands import run_on_database
from perennial.settings import Settings
from support.processes import ROOT, WAIT_SECONDS, clean_environment
from support.production.forks import FORKING

DAYS = 30


def prune(environment: dict[str, str]) -> None:
    """Deletes what is old, a row at a time, and rests a little."""
    _old_clones.BATCH_SIZE = _old_executions.BATCH_SIZE = 1
    pruning.REST_FACTOR = 1.0
    _work(environment, lambda: Pruner(timedelta(days=DAYS), asyncio.Event()).prune())


def forget(environment: dict[str, str]) -> None:
    """Deletes all that Alice has, a row at a time."""
    forgetting.BATCH_SIZE = 1
    _work(environment, lambda: forgetting.forget("alice", lambda _: None))


def _work(environment: dict[str, str], work: Callable[[], Awaitable[Any]]) -> None:
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    run_on_database(Settings.load(), work)


async def kill_again_and_again(
    function: Callable[[dict[str, str]], None],
    environment: dict[str, str],
    left: Callable[[], Awaitable[int]],
    is_whole: Callable[[], Awaitable[bool]],
    times: int,
) -> int:
    """Kills so many processes, each when it has deleted some of what is left, and lets the last one come to its end.

    Returns how many were killed: another one has come to its end before.
    """
    given, killed = {**clean_environment(), **environment}, 0
    for remaining in range(times, 0, -1):
        process = FORKING.Process(target=function, args=(given,))
        process.start()
        wanted = await left() - random.randint(1, max(1, await left() // (remaining + 1)))
        while process.is_alive() and await left() > wanted:
            pass
        process.kill()
        process.join()
        killed += process.exitcode == -signal.SIGKILL
        assert await is_whole()
    process = FORKING.Process(target=function, args=(given,))
    process.start()
    await asyncio.to_thread(process.join, WAIT_SECONDS)
    assert process.exitcode == 0
    assert await is_whole()
    return killed
