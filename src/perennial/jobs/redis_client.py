"""The client with which we speak to Redis: arq's, with our prefix before the name of everything that is ours."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from arq.connections import ArqRedis
from arq.constants import expires_extra_ms, job_key_prefix
from arq.jobs import Job, serialize_job

from perennial.core.clock import machine_milliseconds
from perennial.jobs._redis_pool import FollowingPool

MILLISECOND = timedelta(milliseconds=1)


def pack(value: dict[str, Any]) -> bytes:
    """Serializes a job for Redis: as JSON, so that reading one runs no code, as unpickling may."""
    return json.dumps(value).encode()


def unpack(value: bytes) -> dict[str, Any]:
    """Deserializes a job that `pack` wrote."""
    job: dict[str, Any] = json.loads(value)
    return job


class RedisClient(ArqRedis):
    """A client whose keys, channels, queue and job ids begin with a prefix, as others may use the same Redis."""

    def __init__(self, pool: FollowingPool, prefix: str) -> None:
        super().__init__(pool, job_serializer=pack, job_deserializer=unpack, default_queue_name=f"{prefix}:queue")
        self._pool, self._prefix = pool, prefix

    def name(self, name: str) -> str:
        """The whole name of a key or a channel of ours. arq puts constants of its own before those of jobs."""
        return f"{self._prefix}:{name}"

    @property
    def queue(self) -> str:
        """The key of the job queue, whose members are the whole ids of jobs."""
        return self.default_queue_name

    @property
    def place(self) -> str:
        """Where Redis is, for people, without any secret."""
        return self._pool.url.place

    @property
    def has_tls(self) -> bool:
        """Whether the connections are encrypted."""
        return self._pool.url.tls

    async def write_jobs(self, function: str, jobs: Mapping[str, tuple[timedelta, dict[str, Any]]]) -> int:
        """Enqueues jobs by their ids, each with a delay and arguments, unless it exists; returns how many were new.

        It writes the keys of arq's `enqueue_job`, for all jobs in one round trip and without WATCH: so redis-py sends
        the whole once more where a connection ends. Delays count from this machine's clock, as arq's do.
        """
        enqueued_ms = machine_milliseconds()
        async with self.pipeline(transaction=True) as pipe:
            for job_id, (delay, arguments) in jobs.items():
                delay_ms, whole_id = delay // MILLISECOND, self.name(job_id)
                job = serialize_job(function, (), arguments, None, enqueued_ms, serializer=pack)
                pipe.set(job_key_prefix + whole_id, job, px=delay_ms + expires_extra_ms, nx=True)
                pipe.zadd(self.queue, {whole_id: enqueued_ms + delay_ms}, nx=True)
            results = await pipe.execute()
        return sum(bool(written) for written in results[::2])

    async def enqueue_job(  # type: ignore[override]
        self,
        function: str,
        *,
        _job_id: str,
        _defer_until: datetime | None = None,
        _queue_name: str | None = None,  # there is one
        at: str | None = None,
    ) -> Job | None:
        """What arq's cron calls. arq's own takes a connection that ends for a job that exists, and drops the run."""
        delay = _defer_until.timestamp() * 1000 - machine_milliseconds() if _defer_until else 0
        jobs = {_job_id: (max(0, delay) * MILLISECOND, {"at": at} if at else {})}
        return Job(self.name(_job_id), self) if await self.write_jobs(function, jobs) else None

    async def publish(self, channel: str, message: bytes) -> int:  # type: ignore[override]
        """Publishes, on a node that takes writes: a demoted one would take it as well, and nobody would hear it."""
        async with self.pipeline(transaction=True) as pipe:
            pipe.delete(self.name("nothing"))  # refused by a node that takes no writes, and the rest with it
            pipe.publish(self.name(channel), message)
            _, subscribers = await pipe.execute()
        return int(subscribers)
