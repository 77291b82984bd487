"""An owner's pause of all queues at once, and its end: for a day on which nothing is to go out."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from perennial.core.errors import InvalidInput
from perennial.core.fault_points import FaultPoint, reach
from perennial.core.states import QueueStatus
from perennial.db.models import RecurringQueue
from perennial.db.outages import concerns_all
from perennial.db.sql import as_id, as_time, is_sqlite, run_sql
from perennial.db.transactions import transaction
from perennial.events.publisher import EventPublisher, Topic
from perennial.jobs.alarms import Alarms
from perennial.jobs.worker_functions import WorkerFunction
from perennial.observe.logs import get_logger
from perennial.queues._rows import COLUMNS, RawRow
from perennial.queues.ledger.recording import announce_executions
from perennial.queues.pausing import ending, held
from perennial.queues.pausing._notices import (
    about_all_overdue,
    about_ended,
    about_held,
    about_left,
    about_other_pauses,
    about_waiting,
)
from perennial.queues.pausing._overdue import overdue_among, read_overdue
from perennial.queues.pausing._resumption import BEFORE_ALL, Resumption
from perennial.queues.pausing.ended_pauses import EndedPauses
from perennial.queues.pausing.pauses import Pause
from perennial.queues.recurrence.changes import ResumeFrom
from perennial.queues.recurrence.reasons import PAUSED_WITH_ALL
from perennial.queues.settings.notices import Notice

log = get_logger(__name__)

_IS_PAUSED_WITH_ALL = f"status = 'paused' AND status_reason = '{PAUSED_WITH_ALL}'"
_LOCK_PAUSABLE = f"""
    SELECT id FROM recurring_queues
    WHERE clerk_user_id = $1 AND (status = 'active' OR {_IS_PAUSED_WITH_ALL})
    ORDER BY id
    FOR UPDATE
"""  # noqa: S608 (the reason is ours)
_CHANGE_PAUSES = f"""
    UPDATE recurring_queues SET paused_until = $2, pause_reason = $3, updated_at = $4
    WHERE clerk_user_id = $1 AND {_IS_PAUSED_WITH_ALL}
        AND (paused_until IS DISTINCT FROM $2 OR pause_reason IS DISTINCT FROM $3)
"""  # noqa: S608
_PAUSED_WITH_ALL = f"FROM recurring_queues WHERE clerk_user_id = $1 AND {_IS_PAUSED_WITH_ALL}"
# Whether it ends sooner than an interval from now: then it stays paused, or is completed, if it is to go on from NOW.
_ENDS_SOONER = "COALESCE(ends_at < $4::timestamptz + interval * INTERVAL '24 hours', FALSE)"
_ENDS_SOONER_ON_SQLITE = "COALESCE(julianday(ends_at) < julianday($4) + interval, FALSE)"
_LOCK_PAUSED = f"""
    SELECT {COLUMNS} {_PAUSED_WITH_ALL} AND {{ends_sooner}} = $5 AND id > $2 ORDER BY id LIMIT $3 FOR UPDATE
"""
_LOCK_ONE = f"SELECT {COLUMNS} {_PAUSED_WITH_ALL} AND id = $2 FOR UPDATE"
_KEEPING_SLOTS = f"SELECT id {_PAUSED_WITH_ALL} AND (rule IS NOT NULL OR timezone IS NOT NULL) LIMIT 1"
_PAUSES_THAT_END = """
    SELECT count(*) AS number, min(paused_until) AS first FROM recurring_queues
    WHERE clerk_user_id = $1 AND status = 'paused' AND paused_until IS NOT NULL
"""
_ENDED_BEFORE = f"SELECT count(*) AS number {_PAUSED_WITH_ALL} AND paused_until = $2 AND ends_at < $2"
_COUNT_PAUSED = f"SELECT count(*) AS number {_PAUSED_WITH_ALL}"


@dataclass(frozen=True)
class Done:
    """How many queues were paused or resumed, and what their owner should know."""

    count: int
    notices: list[Notice]


@dataclass(frozen=True)
class AllQueues:
    """The operations on all queues of an owner. What takes longer than `seconds_max` is left for another call.

    What is later than `missed_after` is missed.
    """

    alarms: Alarms
    events: EventPublisher
    owner: str
    seconds_max: float
    missed_after: timedelta = timedelta(minutes=5)

    async def pause(self, pause: Pause, now: datetime, *, hold_scheduled: bool) -> Done:
        """Pauses the active ones, in one transaction, and then holds back what waits of any queue, if that is wanted.

        Those that it has paused before have this pause then, and do not count. The locks are taken in the order of
        ids, so that two of these calls do not wait for each other in a circle.
        """
        await EndedPauses(self.alarms, self.events).end_of(self.owner, now)
        columns = {**pause.columns(), "status_reason": PAUSED_WITH_ALL}
        async with transaction():
            await run_sql(_LOCK_PAUSABLE, self.owner)
            await run_sql(_CHANGE_PAUSES, self.owner, pause.until, pause.reason, now)
            come = await read_overdue(self.owner, now)
            active = RecurringQueue.filter(clerk_user_id=self.owner, status=QueueStatus.ACTIVE)
            count = await active.update(**columns, updated_at=now)
        await self.alarms.arm(WorkerFunction.PROCESS_QUEUES, pause.alarm_times, now)
        in_time = self._in_time()
        while hold_scheduled and in_time() and (events := await held.hold_some(self.owner)) is not None:
            self.events.publish(Topic.PUBLICATIONS, events)
        about_posts = about_waiting(await held.count_waiting(self.owner), hold_scheduled=hold_scheduled)
        overdue = await overdue_among(come, now, self.missed_after)
        return Done(count, [*about_all_overdue(overdue), *about_posts, *await self._about_ends(pause.until)])

    async def resume(self, start: ResumeFrom | None, now: datetime) -> Done:
        """Ends the pauses of those that `pause` has paused, and that were not paused or resumed by themselves since.

        What is left of a queue that cannot run any more is completed, and does not count. One that fails holds up no
        other; nor do those that stay paused, as they end sooner: they come last. Raises InvalidInput.
        """
        await EndedPauses(self.alarms, self.events).end_of(self.owner, now)
        if start is ResumeFrom.NOW and await run_sql(_KEEPING_SLOTS, self.owner):
            raise InvalidInput(
                "from", "NOW is for queues with an interval and no time zone, and some of these have slots to keep."
            )
        resumed, in_time = Resumption(start, now), self._in_time()
        for ends_sooner in (False, True):
            resumed.last = BEFORE_ALL
            while await self._resume_some(resumed, ends_sooner=ends_sooner) and in_time():
                pass
        (paused,) = await run_sql(_COUNT_PAUSED, self.owner)
        notices = [
            *about_left(paused["number"] - len(resumed.failed) - len(resumed.ending_sooner)),
            *resumed.notices(),
            *about_held(await held.count_held(self.owner)),
        ]
        return Done(resumed.count, notices)

    async def _about_ends(self, until: datetime | None) -> list[Notice]:
        """What the owner should know of pauses that end before this one, and of queues that end before it does."""
        end, before = ([until], "AND paused_until < $2") if until else ([], "")
        (others,) = await run_sql(f"{_PAUSES_THAT_END} {before}", self.owner, *end)
        notices = about_other_pauses(others["number"], others["first"] and as_time(others["first"]))
        if until is None:
            return notices
        (ended,) = await run_sql(_ENDED_BEFORE, self.owner, until)
        return [*notices, *about_ended(ended["number"])]

    async def _resume_some(self, resumed: Resumption, *, ends_sooner: bool) -> int:
        """Resumes a batch of those after the last that was passed; returns its number of queues."""
        rows: Sequence[RawRow] = []
        lock = _LOCK_PAUSED.format(ends_sooner=_ENDS_SOONER_ON_SQLITE if is_sqlite() else _ENDS_SOONER)
        try:
            async with transaction():
                size = ending.PAUSES_BATCH_SIZE
                rows = await run_sql(lock, self.owner, resumed.last, size, resumed.now, ends_sooner)
                ended = await ending.end_pauses(rows, resumed.start, resumed.now)
                reach(FaultPoint.QUEUES_RESUMED)
        except Exception as error:
            if not rows or concerns_all(error):
                raise
            log.exception("queues.not_resumed", queues=len(rows), owner=self.owner)
            for row in rows:
                await self._resume_alone(as_id(row["id"]), resumed)
            size = len(rows)
        else:
            await self._conclude(ended, resumed)
            size = ended.size
        if size:
            resumed.last = as_id(rows[size - 1]["id"])
        return size

    async def _resume_alone(self, queue_id: UUID, resumed: Resumption) -> None:
        """Resumes one queue of a failed batch; one that fails again is added to those that have failed."""
        try:
            async with transaction():
                rows = await run_sql(_LOCK_ONE, self.owner, queue_id)
                ended = await ending.end_pauses(rows, resumed.start, resumed.now)
        except Exception as error:
            if concerns_all(error):
                raise
            log.exception("queue.not_resumed", queue=str(queue_id), owner=self.owner)
            resumed.failed.append(queue_id)
        else:
            await self._conclude(ended, resumed)

    async def _conclude(self, ended: ending.Ended, resumed: Resumption) -> None:
        """What follows once it is committed."""
        resumed.add(ended)
        announce_executions(ended.rows, self.events)
        await self.alarms.arm(WorkerFunction.PROCESS_QUEUES, ended.times, resumed.now)

    def _in_time(self) -> Callable[[], bool]:
        clock = asyncio.get_running_loop().time
        end = clock() + self.seconds_max
        return lambda: clock() < end
