"""Work that a call does batch by batch, until nothing of it is left."""

import asyncio
from collections.abc import Awaitable, Callable

from perennial.jobs.alarms import Alarms
from perennial.jobs.single_flight import SingleFlight
from perennial.jobs.worker_functions import WorkerFunction

BATCHES_SECONDS_MAX = 30.0


async def do_batches(
    do_batch: Callable[[], Awaitable[object]],
    function: WorkerFunction,
    alarms: Alarms,
    single_flight: SingleFlight,
    stopping: asyncio.Event,
) -> bool:
    """Does batches until one finds nothing to do, which is when it returns a false value; returns whether that was so.

    It returns at once if another call in this process is doing so, and after the batch at hand if the process is to
    stop. After BATCHES_SECONDS_MAX it enqueues a further call of the function, which goes on.
    """
    if not single_flight.try_enter():
        return False
    loop = asyncio.get_running_loop()
    deadline = loop.time() + BATCHES_SECONDS_MAX
    try:
        while not stopping.is_set():
            single_flight.woken.clear()
            if not await do_batch() and not single_flight.woken.is_set():  # asked last, so that no call is lost
                return True
            if loop.time() > deadline:
                await alarms.enqueue(function)
                return False
        return False
    finally:
        single_flight.leave()
