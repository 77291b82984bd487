"""Alarms: deferred arq jobs, each of which calls one of the worker's two functions at an instant.

An alarm is disposable. The database knows what is due, and the cron finds it; an alarm only makes the call punctual.
All rows due at one instant share one alarm, whose job id is made of the instant, so arming it twice is harmless.
"""

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import uuid4

from redis.exceptions import RedisError

from perennial.core.clock import machine_milliseconds
from perennial.core.instants import instant
from perennial.jobs.cron_periods import alarm_horizon
from perennial.jobs.redis_client import RedisClient
from perennial.jobs.worker_functions import FUNCTIONS, WorkerFunction, alarm_id
from perennial.observe.logs import get_logger
from perennial.settings import CronPeriod

log = get_logger(__name__)

ARM_SECONDS = 0.5
RETRY_DELAY = timedelta(seconds=1)
FAN_OUT_SECONDS = 0.5

# By job id: the delay from now, and the instant of the alarm (None if the work is due already).
Jobs = dict[str, tuple[timedelta, datetime | None]]


class Alarms:
    """Arms alarms, and counts those in Redis. To arm one never fails: the cron finds what could not be armed.

    Redis holds no alarm beyond the horizon of its function: the cron, or an earlier call, arms it when it is nearer.
    """

    def __init__(self, redis: RedisClient, queues_every: CronPeriod = CronPeriod.MINUTE) -> None:
        self._redis = redis
        self._periods = {WorkerFunction.PROCESS_QUEUES: queues_every, WorkerFunction.PUBLISH: CronPeriod.MINUTE}

    async def arm(self, function: WorkerFunction, times: Collection[datetime], now: datetime) -> None:
        """Sets an alarm for each instant after `now` up to the horizon; enqueues one call if any is not after `now`."""
        horizon = alarm_horizon(self._periods[function], now)
        jobs: Jobs = {alarm_id(function, time): (time - now, time) for time in times if now < time <= horizon}
        if any(time <= now for time in times):
            jobs[_unique_id(function)] = (timedelta(), None)
        await self._write_jobs(function, jobs)

    async def enqueue(self, function: WorkerFunction, after: timedelta = timedelta()) -> None:
        """Enqueues a call, after a delay if given, with a unique id: arq drops a job whose id is running."""
        await self._write_jobs(function, {_unique_id(function): (after, None)})

    async def enqueue_soon(self, function: WorkerFunction) -> None:
        """Enqueues a call for one to two seconds from now; all that are enqueued within one second share a job."""
        now_ms = machine_milliseconds()
        second = now_ms // 1000 + 2
        delay = timedelta(milliseconds=second * 1000 - now_ms)
        await self._write_jobs(function, {f"{function}:second:{second}": (delay, None)})

    async def rearm(self, function: WorkerFunction, time: datetime, now: datetime) -> None:
        """Sets an alarm once more, with a unique id, for one that rang before its instant by the database's clock."""
        await self._write_jobs(function, {_unique_id(function): (time - now, time)})

    async def pending(self) -> tuple[int, float]:
        """The number of jobs in the queue, and by how many seconds the first is overdue. Raises RedisError.

        A running job stays in the queue until it is done.
        """
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.zcard(self._redis.queue)
            pipe.zrange(self._redis.queue, 0, 0, withscores=True)
            count, first = await pipe.execute()
        return count, max(0.0, (machine_milliseconds() - first[0][1]) / 1000) if first else 0.0

    async def _write_jobs(self, function: WorkerFunction, jobs: Jobs) -> None:
        if not jobs:
            return
        try:
            async with asyncio.timeout(ARM_SECONDS):
                await self._redis.write_jobs(
                    FUNCTIONS[function],
                    {job_id: (delay, {"at": instant(time)} if time else {}) for job_id, (delay, time) in jobs.items()},
                )
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("alarm.missed", call=function, alarms=len(jobs), error=type(error).__name__)


class FanOut:
    """Spreads a backlog over all workers, by enqueuing calls that idle workers take.

    A busy worker may take a call and only wake its running one, so calls are enqueued as long as the backlog lasts.
    """

    def __init__(self, alarms: Alarms, function: WorkerFunction) -> None:
        self._alarms, self._function = alarms, function
        self._enqueued_at = -FAN_OUT_SECONDS

    async def enqueue(self) -> None:
        """Enqueues a call, unless it enqueued one within the last FAN_OUT_SECONDS."""
        loop_time = asyncio.get_running_loop().time()
        if loop_time - self._enqueued_at >= FAN_OUT_SECONDS:
            self._enqueued_at = loop_time
            await self._alarms.enqueue(self._function)


def time_to_look_again(now: datetime) -> datetime:
    """When to look again at rows that are due but locked: in a second or two, at one instant for all workers."""
    return (now + 2 * RETRY_DELAY).replace(microsecond=0)


def _unique_id(function: WorkerFunction) -> str:
    return f"{function}:now:{uuid4().hex}"
