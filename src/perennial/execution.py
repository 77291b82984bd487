"""process_due_queues: claims the queues that are due, clones their posts, schedules the clones, writes the ledger,
advances the queues. One run of it is a tick; any number of workers may call it at any time.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from perennial import clock, due_queues
from perennial.alarms import NOT_AT_ONCE, Alarms, Call
from perennial.cron import PERIODS, Every, armed_until
from perennial.database import is_outage
from perennial.fault_points import FaultPoint, reach
from perennial.gate import Gate
from perennial.logs import get_logger
from perennial.models import RecurringQueue
from perennial.plans import Due, Plan, advance, plan, refusal
from perennial.recurrence import is_due
from perennial.states import ExecutionOutcome
from perennial.transactions import transaction

log = get_logger(__name__)

CLAIMING_SECONDS = 30.0

Planner = Callable[[Sequence[RecurringQueue], datetime], Awaitable[list[Plan]]]


@dataclass(frozen=True)
class TickSummary:
    """What a tick did: queues found due, occurrences by outcome, and how long it took."""

    due: int
    executed: int
    skipped: int
    failed: int
    seconds: float


@dataclass
class Ticker:
    """The process's ticks."""

    alarms: Alarms
    every: Every
    stopping: asyncio.Event
    gate: Gate = field(default_factory=Gate)

    async def process_due_queues(self) -> TickSummary:
        """Runs every occurrence that is due; a queue that cannot be processed costs itself alone."""
        if not self.gate.enter():
            return TickSummary(0, 0, 0, 0, 0.0)
        tick = _Tick(self)
        try:
            await tick.work()
        finally:
            self.gate.leave()
        summary = tick.summary()
        (log.info if summary.due else log.debug)("tick.done", **vars(summary))
        return summary


class _Tick:
    """One run: batch after batch, until nothing is due or the time is over."""

    looked_at: datetime

    def __init__(self, ticker: Ticker) -> None:
        self.ticker = ticker
        self.passed: set[UUID] = set()
        self.counts: Counter[str] = Counter()
        self.called_for_help = False
        self.started = time.monotonic()

    async def work(self) -> None:
        knocked = self.ticker.gate.knocked
        while not self.ticker.stopping.is_set():
            knocked.clear()
            size = await self._batch()
            if size == due_queues.BATCH and time.monotonic() - self.started > CLAIMING_SECONDS:
                break
            if size == due_queues.BATCH and not self.called_for_help:
                self.called_for_help = True
                await self.ticker.alarms.call(Call.PROCESS_QUEUES)
            if size == 0:
                await self._arm_next()
                # Last of all, so that nobody who knocks while we leave goes unheard.
                if not knocked.is_set():
                    return
        await self.ticker.alarms.call(Call.PROCESS_QUEUES)

    def summary(self) -> TickSummary:
        counts = {outcome.value: self.counts[outcome.value] for outcome in ExecutionOutcome}
        return TickSummary(due=self.counts["due"], **counts, seconds=round(time.monotonic() - self.started, 3))

    async def _batch(self) -> int:
        """Processes one batch; returns how many queues it had. Raises where the database is at fault."""
        ids: list[UUID] = []
        try:
            async with transaction():
                self.looked_at = now = await clock.now()
                ids = await due_queues.lock_due(now, self.passed)
                reach(FaultPoint.TICK_CLAIMED)
                plans = await self._plans(await due_queues.read(ids), now)
                await due_queues.write(plans, now)
                reach(FaultPoint.TICK_WRITTEN)
        except Exception as error:
            if is_outage(error) or not ids:
                raise
            log.exception("batch.failed", queues=len(ids))
            for queue_id in ids:
                await self._alone(queue_id)
        else:
            reach(FaultPoint.TICK_COMMITTED)
            await self._after_commit(plans, now)
        self.counts["due"] += len(ids)
        return len(ids)

    async def _plans(self, queues: Sequence[RecurringQueue], now: datetime) -> list[Plan]:
        if not queues:
            return []
        around = await due_queues.surroundings(queues, now)
        period = PERIODS[self.ticker.every]
        return [
            advance(due) if around.has_run(due) else plan(due, around.original(due), around.accounts, period)
            for due in (Due.of(queue, now) for queue in queues)
        ]

    async def _alone(self, queue_id: UUID) -> None:
        """One queue of a batch that failed, in a transaction of its own."""
        try:
            await self._process(queue_id, self._plans)
        except Exception as error:
            if is_outage(error):
                raise
            log.exception("queue.failed", queue=str(queue_id))
            await self._fail(queue_id, error)

    async def _fail(self, queue_id: UUID, error: Exception) -> None:
        """Writes FAILED into the ledger and moves the queue on; where even that fails, the tick goes past it."""
        reason = f"INTERNAL_ERROR:{type(error).__name__}"

        async def failure(queues: Sequence[RecurringQueue], now: datetime) -> list[Plan]:
            return [refusal(Due.of(queue, now), ExecutionOutcome.FAILED, reason) for queue in queues]

        try:
            await self._process(queue_id, failure)
        except Exception as second:
            if is_outage(second):
                raise
            log.exception("queue.passed", queue=str(queue_id))
            self.passed.add(queue_id)

    async def _process(self, queue_id: UUID, planner: Planner) -> None:
        async with transaction():
            now = await clock.now()
            queue = await due_queues.lock_one(queue_id)
            if queue is None or not is_due(queue, now):
                return
            plans = await planner([queue], now)
            await due_queues.write(plans, now)
        await self._after_commit(plans, now)

    async def _after_commit(self, plans: Sequence[Plan], now: datetime) -> None:
        """Counts, tells, and arms the alarms of the clones."""
        for one in plans:
            if row := one.execution:
                self.counts[row.outcome.value] += 1
                log.info("queue.executed", queue=str(one.queue.id), outcome=row.outcome.value, reason=row.reason)
            else:
                log.info("queue.advanced", queue=str(one.queue.id), status=one.queue.status.value)
        times = {row.scheduled_time for one in plans for row in one.publications if row.scheduled_time}
        await self.ticker.alarms.arm(Call.PUBLISH, times, now)

    async def _arm_next(self) -> None:
        """Sets an alarm for the queue that falls due first, where that is not after the next cron run, and one for
        what somebody else holds: an owner who is just changing a queue must not cost it a cron period.
        """
        now = self.looked_at  # and not a later present: what fell due since then would get no alarm
        upcoming = await due_queues.next_due(now, armed_until(self.ticker.every, now))
        times = {upcoming} if upcoming else set()
        if await due_queues.held(now, self.passed):
            times.add((now + 2 * NOT_AT_ONCE).replace(microsecond=0))  # a whole second: one alarm for all workers
        await self.ticker.alarms.arm(Call.PROCESS_QUEUES, times, now)
