"""What workers do at an instant: alone, two at once, or one that is killed and another that goes on."""

from asyncio import gather
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from perennial.db.sql import as_time, run_sql
from simulation.complaints import Off
from simulation.service.killing import OF_PUBLISHING, OF_TICKS, killed_at
from simulation.service.running import Service

_QUEUES_WAKE = """
    SELECT min(time) AS time FROM (
        SELECT min(next_scheduled_time) AS time FROM recurring_queues WHERE status = 'active'
        UNION ALL SELECT min(paused_until) FROM recurring_queues WHERE status = 'paused'
    ) AS times
"""
_PUBLICATIONS_WAKE = """
    SELECT min(time) AS time FROM (
        SELECT min(next_due) AS time FROM connected_accounts WHERE status = 'active'
        UNION ALL SELECT min(lease_expires_at) FROM publications WHERE status = 'publishing'
        UNION ALL SELECT min(next_attempt_time) FROM publications WHERE status = 'unconfirmed'
    ) AS times
"""
KILLED_SHARE, TOGETHER_SHARE = 0.01, 0.03
TRIES = 100


@dataclass
class Workers:
    """The workers of a service, of which some are killed; `counts` says how often."""

    service: Service
    lot: Random
    counts: Counter[str] = field(default_factory=Counter)

    async def tick(self) -> None:
        """Ticks until nothing is due."""
        first, second = (one.ticker.process_due_queues for one in self.service.processes)
        if self.lot.random() < KILLED_SHARE:
            self.counts["kills"] += await killed_at(self.lot.choice(OF_TICKS), first)
        elif self.lot.random() < TOGETHER_SHARE:
            await gather(first(), second())
        else:
            await first()
        for _ in range(TRIES):  # what a killed worker had locked is free in a moment
            wakes = await queues_wake()
            if wakes is None or wakes > self.service.now:
                return
            await second()
        raise Off("all queues", self.service.now, "something is due, and ticks pass it by")

    async def publish(self) -> None:
        """Publishes what is due."""
        first, second = (one.publisher.publish_due for one in self.service.processes)
        if self.lot.random() < KILLED_SHARE:
            self.counts["kills"] += await killed_at(self.lot.choice(OF_PUBLISHING), first)
            await second()
        elif self.lot.random() < TOGETHER_SHARE:
            await gather(first(), second())
        else:
            await first()


async def queues_wake() -> datetime | None:
    """When a tick has something to do."""
    return await _earliest(_QUEUES_WAKE)


async def publications_wake() -> datetime | None:
    """When there is something to publish, to rescue or to look for."""
    return await _earliest(_PUBLICATIONS_WAKE)


async def _earliest(sql: str) -> datetime | None:
    (row,) = await run_sql(sql)
    return as_time(row["time"]) if row["time"] else None
