"""The only door to arq: alarms, which call one of the two functions of the worker at an instant.

An alarm is disposable. The database knows what is due, and the cron entries find it; an alarm only makes it exact.
All that falls due at one instant shares one alarm, whose id is made of the instant, so arming twice is harmless.
"""

import asyncio
import json
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import uuid4

from arq.connections import ArqRedis
from arq.constants import default_queue_name, expires_extra_ms, job_key_prefix
from arq.jobs import serialize_job
from arq.utils import timestamp_ms
from redis.exceptions import RedisError

from perennial.core.clock import instant
from perennial.observe.logs import get_logger

log = get_logger(__name__)

ARM_SECONDS = 0.5
NOT_AT_ONCE = timedelta(seconds=1)
HELP_SECONDS = 0.5


class Call(StrEnum):
    """The two functions that an alarm can call. The values begin the alarms' ids."""

    PROCESS_QUEUES = "process-queues"
    PUBLISH = "publish"


FUNCTIONS = {Call.PROCESS_QUEUES: "process_due_queues", Call.PUBLISH: "publish_due"}


def pack(value: dict[str, Any]) -> bytes:
    """A job as it lies in Redis: JSON, so that reading one runs nothing."""
    return json.dumps(value).encode()


def unpack(value: bytes) -> dict[str, Any]:
    """The job that `pack` wrote."""
    job: dict[str, Any] = json.loads(value)
    return job


@lru_cache(1024)  # thousands want the same instant
def alarm_id(call: Call, time: datetime) -> str:
    """The id of the one alarm for that instant."""
    return f"{call}:{instant(time)}"


class Alarms:
    """Arms alarms. Nothing here ever fails its caller: what could not be armed is found by the cron."""

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    async def arm(self, call: Call, times: Collection[datetime], now: datetime) -> None:
        """Sets an alarm for each instant ahead, and calls at once where one of them is not ahead."""
        jobs: Jobs = {alarm_id(call, time): (time - now, time) for time in times if time > now}
        if len(jobs) < len(set(times)):
            jobs[_fresh_id(call)] = (timedelta(), None)
        await self._enqueue(call, jobs)

    async def call(self, call: Call, after: timedelta = timedelta()) -> None:
        """Calls at once, or after a pause, under an id of its own: arq drops a job whose id is running."""
        await self._enqueue(call, {_fresh_id(call): (after, None)})

    async def call_soon(self, call: Call) -> None:
        """Calls in a second or so, under an id that all share who say so meanwhile."""
        second = timestamp_ms() // 1000 + 2
        await self._enqueue(
            call, {f"{call}:second:{second}": (timedelta(milliseconds=second * 1000 - timestamp_ms()), None)}
        )

    async def call_again(self, call: Call, time: datetime, now: datetime) -> None:
        """For an alarm that rang ahead of the database's clock: the same instant once more, under an id of its own."""
        await self._enqueue(call, {_fresh_id(call): (time - now, time)})

    async def waiting(self) -> tuple[int, float]:
        """How many alarms there are, and by how many seconds the first is overdue. Raises RedisError.

        A call that is under way stays until it is done.
        """
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.zcard(default_queue_name)
            pipe.zrange(default_queue_name, 0, 0, withscores=True)
            number, first = await pipe.execute()
        return number, max(0.0, (timestamp_ms() - first[0][1]) / 1000) if first else 0.0

    async def _enqueue(self, call: Call, jobs: "Jobs") -> None:
        if not jobs:
            return
        try:
            async with asyncio.timeout(ARM_SECONDS):
                await self._write(call, jobs)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("alarm.missed", call=call, alarms=len(jobs), error=type(error).__name__)

    async def _write(self, call: Call, jobs: "Jobs") -> None:
        """The keys that `enqueue_job` writes, for all jobs in one round trip, each only where it is not there yet.

        The delays count from this machine's clock, as arq's do, whatever the database's clock says.
        """
        enqueued_ms = timestamp_ms()
        async with self._redis.pipeline(transaction=True) as pipe:
            for job_id, (delay, time) in jobs.items():
                delay_ms = delay // timedelta(milliseconds=1)
                arguments = {"at": instant(time)} if time else {}
                job = serialize_job(FUNCTIONS[call], (), arguments, None, enqueued_ms, serializer=pack)
                pipe.set(job_key_prefix + job_id, job, px=delay_ms + expires_extra_ms, nx=True)
                pipe.zadd(default_queue_name, {job_id: enqueued_ms + delay_ms}, nx=True)
            await pipe.execute()


class Help:
    """Spreads a big instant over all workers: whoever is idle takes a call, whoever is busy only hears a knock.

    So it is called again and again as long as there is enough to do: a busy one may have taken the call before.
    """

    def __init__(self, alarms: Alarms, call: Call) -> None:
        self._alarms, self._call = alarms, call
        self._called = -HELP_SECONDS

    async def call(self) -> None:
        """Calls, unless that was done within the last half second."""
        present = asyncio.get_running_loop().time()
        if present - self._called >= HELP_SECONDS:
            self._called = present
            await self._alarms.call(self._call)


# An id, the delay from now, and the instant that the alarm is for (none where the work is due already).
Jobs = dict[str, tuple[timedelta, datetime | None]]


def _fresh_id(call: Call) -> str:
    return f"{call}:now:{uuid4().hex}"
