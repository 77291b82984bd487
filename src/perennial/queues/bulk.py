"""An owner's operations on several queues: each queue in a transaction of its own, so one refusal undoes no other.

They are done one after the other. So no transaction holds the locks of two queues, and none can wait in a circle with
a tick, whatever the order of the ids.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from perennial.db.commits import commits_noted
from perennial.db.outages import is_contention, is_outage
from perennial.jobs.alarms import Alarms
from perennial.jobs.worker_functions import WorkerFunction
from perennial.queues.queues import delete_queue, pause_queue, resume_queue


@dataclass(frozen=True)
class Outcome:
    """What came of one queue: done, or its error. `may_be_done`: a COMMIT was sent before that."""

    error: Exception | None = None
    may_be_done: bool = False


# By the queue's id; one that is not in it was not begun.
Outcomes = Mapping[UUID, Outcome]


@dataclass(frozen=True)
class BulkQueues:
    """The operations on these queues of an owner. With no further one is begun after `seconds_max`."""

    alarms: Alarms
    owner: str
    ids: Iterable[UUID]
    seconds_max: float

    async def pause(self, now: datetime) -> Outcomes:
        """Does what `Queues.pause` does with each."""
        return await self._each(lambda queue_id: pause_queue(self.owner, queue_id, now))

    async def resume(self, next_scheduled_time: datetime | None, now: datetime) -> Outcomes:
        """Does what `Queues.resume` does with each.

        Their alarms are set together, once all are committed: while Redis is away, each would take its time.
        """
        times = set[datetime]()

        async def resume(queue_id: UUID) -> None:
            if time := await resume_queue(self.owner, queue_id, next_scheduled_time, now):
                times.add(time)

        outcomes = await self._each(resume)
        await self.alarms.arm(WorkerFunction.PROCESS_QUEUES, times, now)
        return outcomes

    async def delete(self) -> Outcomes:
        """Does what `Queues.delete` does with each."""
        return await self._each(partial(delete_queue, self.owner))

    async def _each(self, change: Callable[[UUID], Awaitable[None]]) -> Outcomes:
        """Does it once with each id, whatever comes of the others.

        An outage ends it, unless it is one of that queue's row alone: the next one would wait for the same database,
        until the whole request is broken off and nobody hears what was done. It is raised if nothing is done by then.
        """
        clock = asyncio.get_running_loop().time
        end, outcomes = clock() + self.seconds_max, dict[UUID, Outcome]()
        first = commits_noted()
        for queue_id in dict.fromkeys(self.ids):
            if outcomes and clock() >= end:
                break
            before = commits_noted()
            try:
                await change(queue_id)
                outcomes[queue_id] = Outcome()
            except Exception as error:
                outcomes[queue_id] = Outcome(error, may_be_done=commits_noted() > before)
                if is_outage(error) and not is_contention(error):
                    if commits_noted() == first:
                        raise
                    break
        return outcomes
