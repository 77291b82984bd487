"""An owner's pause of all queues at once, and its end: for a day on which nothing is to go out."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from perennial.core.errors import InvalidInput
from perennial.core.states import QueueStatus
from perennial.db.models import RecurringQueue
from perennial.db.sql import run_sql
from perennial.db.transactions import transaction
from perennial.events.publisher import EventPublisher, Topic
from perennial.jobs.alarms import Alarms
from perennial.jobs.worker_functions import WorkerFunction
from perennial.queues.ledger.recording import announce_executions
from perennial.queues.pausing import ending, held
from perennial.queues.pausing.pauses import PAUSED_WITH_ALL, Pause
from perennial.queues.recurrence.changes import ResumeFrom
from perennial.queues.settings.notices import Notice, NoticeCode

_LOCK_ACTIVE = """
    SELECT id FROM recurring_queues WHERE clerk_user_id = $1 AND status = 'active' ORDER BY id FOR UPDATE
"""
_PAUSED_WITH_ALL = f"""
    FROM recurring_queues
    WHERE clerk_user_id = $1 AND status = 'paused' AND status_reason = '{PAUSED_WITH_ALL}'
"""
_LOCK_PAUSED = f"SELECT {ending.COLUMNS} {_PAUSED_WITH_ALL} ORDER BY id LIMIT $2 FOR UPDATE"
_KEEPING_SLOTS = f"SELECT id {_PAUSED_WITH_ALL} AND (rule IS NOT NULL OR timezone IS NOT NULL) LIMIT 1"
_LEFT = f"SELECT count(*) AS number {_PAUSED_WITH_ALL}"


@dataclass(frozen=True)
class Done:
    """How many queues were paused or resumed, and what their owner should know."""

    count: int
    notices: list[Notice]


@dataclass(frozen=True)
class AllQueues:
    """The operations on all queues of an owner. What takes longer than `seconds_max` is left for another call."""

    alarms: Alarms
    events: EventPublisher
    owner: str
    seconds_max: float

    async def pause(self, pause: Pause, now: datetime, *, hold_scheduled: bool) -> Done:
        """Pauses the active ones, in one transaction, and then holds back what waits of any queue, if that is wanted.

        The locks are taken in the order of ids, so that two of these calls do not wait for each other in a circle.
        """
        columns = {**pause.columns(), "status_reason": PAUSED_WITH_ALL}
        async with transaction():
            await run_sql(_LOCK_ACTIVE, self.owner)
            active = RecurringQueue.filter(clerk_user_id=self.owner, status=QueueStatus.ACTIVE)
            count = await active.update(**columns, updated_at=now)
        await self.alarms.arm(WorkerFunction.PROCESS_QUEUES, [pause.until] if pause.until else [], now)
        in_time = self._in_time()
        while hold_scheduled and in_time() and (events := await held.hold_some(self.owner)):
            self.events.publish(Topic.PUBLICATIONS, events)
        return Done(count, _still_going_out(await held.count_waiting(self.owner), hold_scheduled=hold_scheduled))

    async def resume(self, start: ResumeFrom | None, now: datetime) -> Done:
        """Ends the pauses of those that `pause` has paused, and that were not paused or resumed by themselves since.

        What is left of a queue that cannot run any more is completed, and does not count. Raises InvalidInput.
        """
        if start is ResumeFrom.NOW and await run_sql(_KEEPING_SLOTS, self.owner):
            raise InvalidInput(
                "from", "NOW is for queues with an interval and no time zone, and some of these have slots to keep."
            )
        count, in_time = 0, self._in_time()
        while True:
            async with transaction():
                rows = await run_sql(_LOCK_PAUSED, self.owner, ending.BATCH_SIZE)
                ended = await ending.end_pauses(ending.parse(rows), start, now)
            announce_executions(ended.rows, self.events)
            await self.alarms.arm(WorkerFunction.PROCESS_QUEUES, ended.times, now)
            count += len(ended.queues)
            if len(rows) < ending.BATCH_SIZE or not in_time():
                break
        (left,) = await run_sql(_LEFT, self.owner)
        return Done(count, [*_not_resumed(left["number"]), *_held_back(await held.count_held(self.owner))])

    def _in_time(self) -> Callable[[], bool]:
        clock = asyncio.get_running_loop().time
        end = clock() + self.seconds_max
        return lambda: clock() < end


def _still_going_out(count: int, *, hold_scheduled: bool) -> list[Notice]:
    if count == 0:
        return []
    what = "Call this again to hold them back" if hold_scheduled else "Call this again with holdScheduled to stop them"
    message = f"{_posts(count)} of queues still go out, as they are scheduled. {what}."
    return [Notice(NoticeCode.STILL_SCHEDULED, message, None if hold_scheduled else "holdScheduled")]


def _not_resumed(count: int) -> list[Notice]:
    message = f"{count:,} more queues are paused: there was no time for them. Call this again."
    return [Notice(NoticeCode.NOT_ALL_RESUMED, message)] if count else []


def _held_back(count: int) -> list[Notice]:
    message = (
        f"{_posts(count)} of queues stay unscheduled. They are drafts: schedulePost sends them, deletePost does not."
    )
    return [Notice(NoticeCode.HELD_BACK, message)] if count else []


def _posts(count: int) -> str:
    if count > held.COUNT_MAX:
        return f"More than {held.COUNT_MAX:,} posts"
    return "1 post" if count == 1 else f"{count:,} posts"
