"""What a worker does once a minute beside the two functions: it removes what is old, and mends."""

from collections.abc import Awaitable, Callable
from typing import Any

from perennial.accounts import heads
from perennial.core import clock
from perennial.db.outages import is_outage
from perennial.idempotency.pruning import remove_old_keys
from perennial.observe.logs import get_logger
from perennial.posts import listed_by
from perennial.process import Process
from perennial.queues import time_zones

log = get_logger(__name__)


def upkeep(process: Process) -> list[Any]:
    """The jobs, which the cron runs once a minute in one worker."""
    return [_tidying(process), _named("prune", process.pruner.prune)]


def _tidying(process: Process) -> Any:
    # The first round of the time zones takes long, so it comes last.
    menders = [heads.mender(), listed_by.mender(), time_zones.mender(process.alarms)]

    async def tidy() -> None:
        """Removes old idempotency keys, and compares what is derived with what it is derived from."""
        await remove_old_keys(await clock.now())
        for mender in menders:
            await mender.mend_some()

    return _named("tidy", tidy)


def _named(name: str, work: Callable[[], Awaitable[Any]]) -> Any:
    """A job that does the work, once a minute in one worker; what meets an outage is done again a minute later."""

    async def job(_ctx: dict[Any, Any]) -> None:
        try:
            await work()
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("database.away", call=name, error=type(error).__name__)

    job.__name__ = job.__qualname__ = f"_{name}"  # of which arq makes the ids of its jobs
    return job
