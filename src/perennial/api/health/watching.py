"""Says in the log what is missing, in the words of /readyz, from the start of a process until nothing is."""

import asyncio
import math
import re

from redis.backoff import ExponentialBackoff

from perennial.api.health._readiness import readiness
from perennial.core.timeouts import wait_for_any
from perennial.db.starting.refusals import place
from perennial.observe.logs import get_logger
from perennial.process import Process

log = get_logger(__name__)

LOOK_SECONDS = 1.0
ANSWER_SECONDS = 1.0  # less than /readyz waits, so that what is missing is said within two seconds
OPENS_SECONDS = 0.75  # in which a database refuses us, if it does: the process ends with one line then
REPEATS = ExponentialBackoff(cap=60, base=5)  # seconds until what is still missing is said again: 5, 10, 20, 40, 60, …
_UNCOUNTED = re.compile(r"\d+")  # seconds that are counted are no change
WORKER_STARTS_SECONDS = 5.0  # in which nobody misses it, once it has all that it needs
STORES_START_SECONDS = 10.0  # in which nobody misses stores that start with their process, on a slow machine too


async def until_ready(process: Process, *, of_own_worker: bool = False, of_own_stores: bool = False) -> bool:
    """Waits until the database and Redis, and with `of_own_worker` the worker in this process, are up.

    Logs `part.missing` with the reason at the first look, whenever it changes, and again after the pauses of REPEATS;
    `part.found` once such a part is up. With `of_own_stores`, database and Redis start with this process, and are not
    missed in the first STORES_START_SECONDS. Returns False if the process is to stop before. It may begin before the
    database is open.
    """
    await wait_for_any(OPENS_SECONDS, process.database_open, process.stopping)
    loop = asyncio.get_running_loop()
    said: dict[str, str] = {}
    times, repeat_at, miss_worker_at = 0, loop.time() + REPEATS.compute(0), math.inf
    miss_stores_at = loop.time() + STORES_START_SECONDS if of_own_stores else -math.inf
    while not process.stopping.is_set():
        missing = await _missing(process, of_own_worker=of_own_worker)
        now = loop.time()
        miss_worker_at = min(miss_worker_at, now + WORKER_STARTS_SECONDS) if missing.keys() == {"worker"} else math.inf
        miss_at = {part: miss_worker_at if part == "worker" else miss_stores_at for part in missing}
        saying = {part: why for part, why in missing.items() if now >= miss_at[part]}
        _log_changes(said, saying, all_again=now >= repeat_at)
        said = saying
        if now >= repeat_at:
            times += 1
            repeat_at = now + REPEATS.compute(times)
        if not missing:
            return True
        await wait_for_any(LOOK_SECONDS, process.stopping)
    return False


async def _missing(process: Process, *, of_own_worker: bool) -> dict[str, str]:
    """Why each part that is down is. On a server a worker is no part: it may start later.

    The log says where the stores are and what they answer, which /readyz tells nobody.
    """
    found = await readiness(process, of_own_worker=of_own_worker, seconds=ANSWER_SECONDS, told_to_anybody=False)
    places = {"database": f"{place(process.settings)}: ", "redis": f"{process.redis.place}: "}
    missing = {part: f"{places.get(part, '')}{why}" for part, why in found.items() if why}
    return {part: why for part, why in missing.items() if of_own_worker or part != "worker"}


def _log_changes(before: dict[str, str], now: dict[str, str], *, all_again: bool) -> None:
    for part, reason in now.items():
        if all_again or _UNCOUNTED.sub("", before.get(part, "")) != _UNCOUNTED.sub("", reason):
            log.warning("part.missing", part=part, reason=reason)
    for part in before.keys() - now.keys():
        log.info("part.found", part=part)
