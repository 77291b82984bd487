"""An owner's operations on several queues: each queue in a transaction of its own, so one refusal undoes no other.

They are done one after the other. So no transaction holds the locks of two queues, and none can wait in a circle with
a tick, whatever the order of the ids.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from perennial.db.commits import count_commits
from perennial.db.outages import concerns_all
from perennial.db.sql import limit_lock_waits
from perennial.db.transactions import transaction
from perennial.events.publisher import EventPublisher
from perennial.jobs.alarms import Alarms
from perennial.jobs.worker_functions import WorkerFunction
from perennial.queues.ledger.recording import announce_executions
from perennial.queues.pausing.ended_pauses import EndedPauses
from perennial.queues.pausing.pauses import Pause, pause_queue
from perennial.queues.queues import delete_queue
from perennial.queues.resuming import Resumed, Start, resume_queue
from perennial.queues.settings.notices import Notice

# So long one queue may wait for whoever holds its row, or the others would wait with it.
BULK_LOCK_SECONDS = 1.0


@dataclass(frozen=True)
class BulkOutcome:
    """What came of one queue: done, or its error. `may_be_done`: a COMMIT was sent before that."""

    error: Exception | None = None
    may_be_done: bool = False


_Change = Callable[[UUID], Awaitable[None]]

# By the queue's id; one that is not in it was not begun.
BulkOutcomes = Mapping[UUID, BulkOutcome]


@dataclass(frozen=True)
class BulkQueues:
    """The operations on these queues of an owner. After `seconds_max` none is begun any more.

    What is later than `missed_after` is missed.
    """

    alarms: Alarms
    events: EventPublisher
    owner: str
    ids: Iterable[UUID]
    seconds_max: float
    missed_after: timedelta = timedelta(minutes=5)

    async def pause(self, pause: Pause, now: datetime) -> tuple[BulkOutcomes, list[Notice]]:
        """Does what `Queues.pause` does with each."""
        notices: dict[UUID, Sequence[Notice]] = {}

        async def pause_one(queue_id: UUID) -> None:
            notices[queue_id] = await pause_queue(self.owner, queue_id, pause, now, self.missed_after)

        outcomes = await self._each(pause_one, partial(self._end_pause, now))
        await self.alarms.arm(WorkerFunction.PROCESS_QUEUES, pause.alarm_times, now)
        return outcomes, _naming_queues(outcomes, notices)

    async def resume(self, start: Start, now: datetime) -> tuple[BulkOutcomes, list[Notice]]:
        """Does what `Queues.resume` does with each.

        Their alarms are set together, once all are committed: while Redis is away, each would take its time.
        """
        all_resumed: dict[UUID, Resumed] = {}

        async def resume(queue_id: UUID) -> None:
            all_resumed[queue_id] = await resume_queue(self.owner, queue_id, start, now)

        outcomes = await self._each(resume, partial(self._end_pause, now))
        done = {one: all_resumed[one] for one, outcome in outcomes.items() if outcome.error is None}
        announce_executions([row for one in done.values() for row in one.rows], self.events)
        # One that is set for a queue whose COMMIT failed does no harm.
        times = {time for one in all_resumed.values() for time in one.times}
        await self.alarms.arm(WorkerFunction.PROCESS_QUEUES, times, now)
        return outcomes, _naming_queues(outcomes, {one: resumed.notices for one, resumed in done.items()})

    async def delete(self) -> BulkOutcomes:
        """Does what `Queues.delete` does with each."""
        return await self._each(partial(delete_queue, self.owner))

    async def _end_pause(self, now: datetime, queue_id: UUID) -> None:
        """Ends the queue's pause, if its time has come before a tick."""
        await EndedPauses(self.alarms, self.events).end_of(self.owner, now, queue_id, BULK_LOCK_SECONDS)

    async def _each(self, change: _Change, before: _Change | None = None) -> BulkOutcomes:
        """Does it once with each id, whatever comes of the others; `before` comes in transactions of its own.

        An outage ends it, unless it is one of that queue's row alone: the next one would wait for the same database,
        until the whole request is broken off and nobody hears what was done. It is raised if nothing is done by then.
        """
        clock = asyncio.get_running_loop().time
        end, outcomes = clock() + self.seconds_max, dict[UUID, BulkOutcome]()
        for queue_id in dict.fromkeys(self.ids):
            if outcomes and clock() >= end:
                break
            outcomes[queue_id] = await _outcome_of(change, before, queue_id)
            error = outcomes[queue_id].error
            if error and concerns_all(error):
                if all(one.error and not one.may_be_done for one in outcomes.values()):
                    raise error
                break
        return outcomes


def _naming_queues(outcomes: BulkOutcomes, notices: Mapping[UUID, Sequence[Notice]]) -> list[Notice]:
    """The notices about the queues with which it was done, each with the queue's id in its words."""
    done = [one for one, outcome in outcomes.items() if outcome.error is None]
    return [one._replace(message=f"Queue {queue}: {one.message}") for queue in done for one in notices.get(queue, ())]


async def _outcome_of(change: _Change, before: _Change | None, queue_id: UUID) -> BulkOutcome:
    """Does it with this queue, in a transaction that waits for no lock for long."""
    try:
        if before is not None:
            await before(queue_id)
    except Exception as error:
        return BulkOutcome(error)
    with count_commits() as commits:
        try:
            async with transaction():
                await limit_lock_waits(BULK_LOCK_SECONDS)
                await change(queue_id)
        except Exception as error:
            return BulkOutcome(error, may_be_done=commits.may_have_written)
    return BulkOutcome()
