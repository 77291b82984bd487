"""process_due_queues, whose run is a *tick*: it clones the originals of due queues, schedules the clones, writes the
ledger and moves the queues on. Any number of workers may call it at any time."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from perennial.core import clock
from perennial.core.fault_points import FaultPoint, reach
from perennial.core.states import ExecutionOutcome
from perennial.db.outages import concerns_all, is_contention
from perennial.db.sql import limit_lock_waits
from perennial.db.transactions import transaction
from perennial.events.publisher import EventPublisher
from perennial.jobs.alarms import Alarms, FanOut
from perennial.jobs.cron_periods import PERIODS
from perennial.jobs.single_flight import SingleFlight
from perennial.jobs.worker_functions import WorkerFunction
from perennial.observe import metrics
from perennial.observe.logs import get_logger
from perennial.queues._rows import RawRow, read_queues
from perennial.queues.pausing import ending
from perennial.queues.pausing.ended_pauses import EndedPauses
from perennial.queues.tick import _due_queues, _planning
from perennial.queues.tick._after_commit import announce, arm_for_locked
from perennial.queues.tick._due import Due, read_all_due
from perennial.queues.tick._planning import Plan
from perennial.settings import CronPeriod

log = get_logger(__name__)
TICK_SECONDS_MAX = 30.0
TICK_LOCK_SECONDS = 2.0  # for an owner's accounts: whoever holds them for longer holds up this owner's queues alone

Planner = Callable[[Collection[RawRow], datetime], Awaitable[list[Plan]]]


@dataclass(frozen=True)
class TickSummary:
    """The result of a tick: how many queues were due, how many occurrences had each outcome, and the duration."""

    due: int
    executed: int
    skipped: int
    failed: int
    seconds: float


@dataclass
class Ticker:
    """Runs the ticks of this process."""

    alarms: Alarms
    events: EventPublisher
    cron_period: CronPeriod
    stopping: asyncio.Event
    missed_after: timedelta = timedelta(minutes=5)
    pause_after_failures: int = 3  # 0: no number of failures pauses a queue
    single_flight: SingleFlight = field(default_factory=SingleFlight)

    async def process_due_queues(self) -> TickSummary:
        """Runs every due occurrence; a queue that fails does not affect the others."""
        if not self.single_flight.try_enter():
            return TickSummary(0, 0, 0, 0, 0.0)
        tick = _Tick(self)
        try:
            with metrics.TICK_SECONDS.time():
                await tick.work()
        finally:
            self.single_flight.leave()
        summary = tick.summary()
        (log.info if summary.due else log.debug)("tick.done", **vars(summary))
        return summary


class _Tick:
    """One tick: it processes batches until nothing is due or its time is over."""

    def __init__(self, ticker: Ticker) -> None:
        self.ticker = ticker
        self.excluded: set[UUID] = set()
        self.held: set[str] = set()  # owners whose accounts somebody holds
        self.counts: Counter[str] = Counter()
        self.pauses = EndedPauses(ticker.alarms, ticker.events, self.excluded)
        self.started = time.monotonic()
        self.fan_out = FanOut(ticker.alarms, WorkerFunction.PROCESS_QUEUES)

    async def work(self) -> None:
        alarms, woken = self.ticker.alarms, self.ticker.single_flight.woken
        while not self.ticker.stopping.is_set():
            woken.clear()
            now, first = await clock.now(), await _due_queues.earliest(self.excluded)
            ended = await self.pauses.end_some(now) if first.end_of_pause and first.end_of_pause <= now else 0
            size = await self._process_batch() if first.due and first.due <= now else 0
            if not (ended or size):
                await alarms.arm(WorkerFunction.PROCESS_QUEUES, {one for one in first if one and one > now}, now)
                if not woken.is_set():  # asked last, so that no call meanwhile is lost
                    return
            if time.monotonic() - self.started > TICK_SECONDS_MAX:
                break
            if size == _due_queues.batch_size() or ended == ending.PAUSES_BATCH_SIZE:
                await self.fan_out.enqueue()
        await alarms.enqueue(WorkerFunction.PROCESS_QUEUES)

    def summary(self) -> TickSummary:
        counts = {outcome.value: self.counts[outcome.value] for outcome in ExecutionOutcome}
        return TickSummary(due=self.counts["due"], **counts, seconds=round(time.monotonic() - self.started, 3))

    async def _process_batch(self) -> int:
        """Processes one batch; returns the number of its queues. Raises if the database is at fault."""
        rows: dict[UUID, RawRow] = {}
        size, passed = 0, len(self.excluded)
        try:
            async with transaction():
                await limit_lock_waits(TICK_LOCK_SECONDS)
                now = await clock.now()
                rows = await _due_queues.lock_due(now, self.excluded)
                reach(FaultPoint.TICK_CLAIMED)
                plans = await self._make_plans(rows.values(), now)
                await _due_queues.write_plans(plans)
                reach(FaultPoint.TICK_WRITTEN)
        except Exception as error:
            if concerns_all(error) or not rows:
                raise
            log.exception("batch.failed", queues=len(rows))
            for queue_id, row in rows.items():
                await self._process_alone(queue_id, row["clerk_user_id"])
            size = len(rows)
        else:
            reach(FaultPoint.TICK_COMMITTED)
            self.counts += await announce(plans, now, self.ticker.events, self.ticker.alarms)
            if not rows:
                await arm_for_locked(now, self.ticker.alarms)
            size = len(plans) + len(self.excluded) - passed
        self.counts["due"] += size
        return size

    async def _make_plans(self, rows: Collection[RawRow], now: datetime) -> list[Plan]:
        all_due, unreadable = read_all_due(rows, now, self.ticker.missed_after)
        self.excluded |= unreadable
        if not all_due:
            return []
        prepared = await _due_queues.prepare(all_due, self.ticker.pause_after_failures)
        return [_planning.plan(due, found, PERIODS[self.ticker.cron_period]) for due, found in prepared]

    async def _process_alone(self, queue_id: UUID, owner: str) -> None:
        """Processes one queue of a failed batch in a transaction of its own.

        Where an owner's accounts are held for too long, that owner's queues are passed by: the next tick tries again.
        """
        if owner in self.held or queue_id in self.excluded:
            self.excluded.add(queue_id)
            return
        try:
            await self._process(queue_id, self._make_plans)
        except Exception as error:
            if concerns_all(error):
                raise
            if is_contention(error):
                log.warning("queue.held", queue=str(queue_id), owner=owner)
                self.held.add(owner)
                self.excluded.add(queue_id)
                return
            log.exception("queue.failed", queue=str(queue_id), owner=owner)
            await self._record_failure(queue_id, owner, error)

    async def _record_failure(self, queue_id: UUID, owner: str, error: Exception) -> None:
        """Writes FAILED into the ledger, for its owner to see, and moves the queue on: no tick tries it at once again.

        If even that fails, this tick excludes the queue.
        """

        async def failure(rows: Collection[RawRow], now: datetime) -> list[Plan]:
            due = [Due.of(queue, now, self.ticker.missed_after) for queue in read_queues(rows)]
            return [_planning.failed(one, error) for one in due]

        try:
            await self._process(queue_id, failure)
        except Exception as failed_again:
            if concerns_all(failed_again):
                raise
            log.exception("queue.passed", queue=str(queue_id), owner=owner)
            self.excluded.add(queue_id)

    async def _process(self, queue_id: UUID, planner: Planner) -> None:
        async with transaction():
            await limit_lock_waits(TICK_LOCK_SECONDS)
            now = await clock.now()
            rows = await _due_queues.lock_one_due(queue_id, now)
            plans = await planner(rows, now)
            await _due_queues.write_plans(plans)
        self.counts += await announce(plans, now, self.ticker.events, self.ticker.alarms)
