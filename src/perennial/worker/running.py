"""Runs arq's worker, which calls the two functions by alarms and by cron.

A supervising loop builds arq's worker again if it dies with its Redis.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from arq import cron, func
from arq.utils import poll
from arq.worker import Worker
from redis.exceptions import RedisError
from structlog.contextvars import bound_contextvars

from perennial.jobs.heartbeat import HEARTBEAT, HEARTBEAT_SECONDS, Heartbeat
from perennial.jobs.redis_client import RedisClient
from perennial.jobs.redis_connection import connect_worker_redis
from perennial.jobs.worker_functions import FUNCTIONS, WorkerFunction
from perennial.observe.logs import get_logger
from perennial.process import Process
from perennial.settings import CronPeriod
from perennial.worker._upkeep import upkeep

log = get_logger(__name__)

JOBS_MAX = 100
# A run claims for 30 s; then come two requests, two refreshes, and a minute of retries while the database is away.
JOB_SECONDS = 150
# A supervisor such as Docker kills after 10 s: the other 3 are for recording results and closing connections.
STOP_SECONDS = 7.0
RECORD_SECONDS = 0.5
RESTART_SECONDS = 1.0
OF_REDIS = (RedisError, OSError)
# redis-py's retries multiply while Redis is silent: to minutes, of which /healthz allows one.
POLL_SECONDS_MAX = 20.0
# So long a function that is under way may go on before arq's worker is built again: it needs no Redis, and its requests
# would be in doubt. The run of a backlog takes this long on top of a poll; /healthz still has its minute.
GOING_ON_SECONDS = 25.0


async def run(process: Process) -> None:
    """Runs jobs until `process.stopping` is set; then waits for running jobs, for STOP_SECONDS at most.

    Raises SettingsError at its beginning, if the files that REDIS_URL names cannot be used.
    """
    redis = connect_worker_redis(process.settings)
    stop = asyncio.create_task(process.stopping.wait())
    while not stop.done():
        process.heartbeat.record_build()
        worker = _worker(process, redis)
        running = asyncio.create_task(worker.async_run())
        await asyncio.wait({running, stop}, return_when=asyncio.FIRST_COMPLETED)
        await _let_functions_end(worker, stop)
        await _finish(worker)
        if error := await _close(worker, running):
            process.heartbeat.record_end(error)  # whoever watches the process says why
        await asyncio.wait({stop}, timeout=RESTART_SECONDS)


class _Worker(Worker):
    """arq's worker, which reports each poll of the job queue to the heartbeat."""

    def __init__(self, heartbeat: Heartbeat, **options: Any) -> None:
        super().__init__(**options)
        self._heartbeat = heartbeat

    async def main(self) -> None:
        """Polls the job queue. Raises TimeoutError if Redis is silent, and whatever a poll raises.

        arq's own loop first sends INFO and DBSIZE for its log, which some users may not.
        """
        async for _ in poll(self.poll_delay_s):
            async with asyncio.timeout(POLL_SECONDS_MAX):
                await self._poll_iteration()

    async def heart_beat(self) -> None:
        """Called by arq after each poll, to call the cron and to write the sign of life that all workers share."""
        await super().heart_beat()
        self._heartbeat.record_poll()


def _worker(process: Process, redis: RedisClient) -> Worker:
    functions = {function: _job(process, function) for function in WorkerFunction}
    return _Worker(
        process.heartbeat,
        functions=[func(f, name=f.__name__, keep_result=0, timeout=JOB_SECONDS) for f in functions.values()],
        cron_jobs=[
            *_cron_jobs(process.settings.process_queues_every, functions),
            *(_cron(job, minute=None, hour=None) for job in upkeep(process)),
        ],
        redis_pool=redis,
        queue_name=redis.queue,
        handle_signals=False,
        max_jobs=JOBS_MAX,
        job_timeout=JOB_SECONDS,
        keep_result=0,
        poll_delay=process.settings.poll_delay_seconds,
        health_check_interval=HEARTBEAT_SECONDS,
        health_check_key=redis.name(HEARTBEAT),
        job_serializer=redis.job_serializer,
        job_deserializer=redis.job_deserializer,
        timezone=UTC,
        log_results=False,
    )


def _job(process: Process, function: WorkerFunction) -> Any:
    async def job(_ctx: dict[Any, Any], at: str | None = None) -> None:
        with bound_contextvars(call=function.value, run=uuid4().hex):
            await process.run_function(function, datetime.fromisoformat(at) if at else None)

    job.__name__ = job.__qualname__ = FUNCTIONS[function]
    return job


def _cron_jobs(cron_period: CronPeriod, functions: Mapping[WorkerFunction, Any]) -> list[Any]:
    """`publish_due` runs every minute; `process_due_queues` every minute, every hour, or every day at 00:00 UTC.

    Both also run once when a worker starts, so that what fell due without a worker does not wait for a daily run.
    """
    minute = None if cron_period == CronPeriod.MINUTE else 0
    hour = 0 if cron_period == CronPeriod.DAY else None
    return [
        _cron(functions[WorkerFunction.PROCESS_QUEUES], minute=minute, hour=hour),
        _cron(functions[WorkerFunction.PUBLISH], minute=None, hour=None),
    ]


def _cron(function: Any, *, minute: int | None, hour: int | None) -> Any:
    return cron(
        function,
        hour=hour,
        minute=minute,
        second=0,
        microsecond=0,
        run_at_startup=True,
        timeout=JOB_SECONDS,
        keep_result=0,
        max_tries=1,
    )


async def _let_functions_end(worker: Worker, stop: "asyncio.Task[bool]") -> None:
    """Waits for the functions that are under way, for GOING_ON_SECONDS at most; not once the worker is told to stop."""
    if not stop.done() and worker.job_tasks:
        ending = asyncio.create_task(asyncio.wait(worker.job_tasks.values(), timeout=GOING_ON_SECONDS))
        await asyncio.wait({ending, stop}, return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()


async def _finish(worker: Worker) -> None:
    """Stops taking new jobs and waits for the running ones, for STOP_SECONDS at most."""
    worker.allow_pick_jobs = False
    if worker.tasks:
        await asyncio.wait(worker.tasks.values(), timeout=STOP_SECONDS)


async def _close(worker: Worker, running: asyncio.Task[None]) -> Exception | None:
    """Ends arq's worker, without its own close(), which would delete the heartbeat that all workers share.

    Returns the error of Redis that has ended it before; logs any other.
    """
    if worker.main_task is not None:
        worker.main_task.cancel()
    ended = [running, *worker.tasks.values()]
    for _ in range(2):  # after the first cancellation they record results, for RECORD_SECONDS; the second ends them
        for task in ended:
            task.cancel()
        await asyncio.wait(ended, timeout=RECORD_SECONDS)
    errors = [task.exception() for task in ended if task.done() and not task.cancelled()]
    for error in errors:
        if error is not None and not isinstance(error, OF_REDIS):
            log.warning("worker.ended", error=repr(error))
    with suppress(*OF_REDIS):
        await worker.pool.aclose(close_connection_pool=True)
    return next((error for error in errors if isinstance(error, OF_REDIS)), None)
