"""process_due_queues, whose run is a *tick*: it clones the originals of due queues, schedules the clones, writes the
ledger and moves the queues on. Any number of workers may call it at any time."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from perennial.core import clock
from perennial.core.fault_points import FaultPoint, reach
from perennial.core.states import ExecutionOutcome
from perennial.db.outages import is_outage
from perennial.db.transactions import transaction
from perennial.events.publisher import EventPublisher, Topic
from perennial.jobs.alarms import RETRY_DELAY, Alarms, FanOut
from perennial.jobs.cron_periods import PERIODS
from perennial.jobs.single_flight import SingleFlight
from perennial.jobs.worker_functions import WorkerFunction
from perennial.observe import metrics
from perennial.observe.logs import get_logger
from perennial.queues import _due_queues, _planning
from perennial.queues._due_queues import RawRow
from perennial.queues._planning import DueOccurrence, Plan, execution_events, plan, publication_events
from perennial.queues.recurrence import is_due
from perennial.settings import CronPeriod

log = get_logger(__name__)
TICK_SECONDS_MAX = 30.0

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
        self.counts: Counter[str] = Counter()
        self.started = time.monotonic()
        self.fan_out = FanOut(ticker.alarms, WorkerFunction.PROCESS_QUEUES)

    async def work(self) -> None:
        woken = self.ticker.single_flight.woken
        while not self.ticker.stopping.is_set():
            woken.clear()
            size = await self._process_batch() if await self._any_due_else_arm() else 0
            if size == _due_queues.batch_size():
                if time.monotonic() - self.started > TICK_SECONDS_MAX:
                    break
                await self.fan_out.enqueue()
            # Checked last, so that a call that woke this tick in the meantime is not lost.
            if size == 0 and not woken.is_set():
                return
        await self.ticker.alarms.enqueue(WorkerFunction.PROCESS_QUEUES)

    def summary(self) -> TickSummary:
        counts = {outcome.value: self.counts[outcome.value] for outcome in ExecutionOutcome}
        return TickSummary(due=self.counts["due"], **counts, seconds=round(time.monotonic() - self.started, 3))

    async def _any_due_else_arm(self) -> bool:
        """Whether a queue is due; if not, arms an alarm for the first that falls due, if that is near."""
        now = await clock.now()
        first = await _due_queues.earliest_due_time(self.excluded)
        if first is not None and first <= now:
            return True
        await self.ticker.alarms.arm(WorkerFunction.PROCESS_QUEUES, {first} if first else set(), now)
        return False

    async def _process_batch(self) -> int:
        """Processes one batch; returns the number of its queues. Raises if the database is at fault."""
        rows: dict[UUID, RawRow] = {}
        try:
            async with transaction():
                now = await clock.now()
                rows = await _due_queues.lock_due(now, self.excluded)
                reach(FaultPoint.TICK_CLAIMED)
                plans = await self._make_plans(rows.values(), now)
                await _due_queues.write_plans(plans)
                reach(FaultPoint.TICK_WRITTEN)
        except Exception as error:
            if is_outage(error) or not rows:
                raise
            log.exception("batch.failed", queues=len(rows))
            for queue_id, row in rows.items():
                await self._process_alone(queue_id, row["clerk_user_id"])
        else:
            reach(FaultPoint.TICK_COMMITTED)
            await self._after_commit(plans, now)
            if not rows:
                await self._arm_for_locked(now)
        self.counts["due"] += len(rows)
        return len(rows)

    async def _make_plans(self, rows: Collection[RawRow], now: datetime) -> list[Plan]:
        if not rows:
            return []
        occurrences = [DueOccurrence.of(queue, now) for queue in _due_queues.parse(rows)]
        inputs, period = await _due_queues.read_plan_inputs(occurrences), PERIODS[self.ticker.cron_period]
        return [
            _planning.advance(due)
            if (due.queue.id, due.occurrence.time) in inputs.ledger
            else plan(due, inputs.original(due.queue), inputs.accounts, period)
            for due in occurrences
        ]

    async def _process_alone(self, queue_id: UUID, owner: str) -> None:
        """Processes one queue of a failed batch in a transaction of its own."""
        try:
            await self._process(queue_id, self._make_plans)
        except Exception as error:
            if is_outage(error):
                raise
            log.exception("queue.failed", queue=str(queue_id), owner=owner)
            await self._record_failure(queue_id, owner, error)

    async def _record_failure(self, queue_id: UUID, owner: str, error: Exception) -> None:
        """Writes FAILED into the ledger and moves the queue on; if even that fails, this tick excludes the queue."""

        async def failure(rows: Collection[RawRow], now: datetime) -> list[Plan]:
            return [_planning.failed(DueOccurrence.of(queue, now), error) for queue in _due_queues.parse(rows)]

        try:
            await self._process(queue_id, failure)
        except Exception as failed_again:
            if is_outage(failed_again):
                raise
            log.exception("queue.passed", queue=str(queue_id), owner=owner)
            self.excluded.add(queue_id)

    async def _process(self, queue_id: UUID, planner: Planner) -> None:
        async with transaction():
            now = await clock.now()
            rows = await _due_queues.lock_one(queue_id)
            if not any(is_due(queue, now) for queue in _due_queues.parse(rows)):
                return
            plans = await planner(rows, now)
            await _due_queues.write_plans(plans)
        await self._after_commit(plans, now)

    async def _after_commit(self, plans: Sequence[Plan], now: datetime) -> None:
        """Counts and logs the outcomes, publishes events, and arms alarms for the clones."""
        log_info = log.bind().info
        self.counts += metrics.count_executions(one.execution.outcome for one in plans if one.execution)
        for one in plans:
            ids = {"queue": str(one.queue_update.id), "owner": one.owner}
            if row := one.execution:
                log_info("queue.executed", outcome=row.outcome.value, reason=row.reason, **ids)
            else:
                log_info("queue.advanced", status=one.queue_update.status.value, **ids)
        self.ticker.events.publish(Topic.EXECUTIONS, execution_events(plans))
        self.ticker.events.publish(Topic.PUBLICATIONS, publication_events(plans))
        times = {row.scheduled_time for one in plans for row in one.publications if row.scheduled_time}
        await self.ticker.alarms.arm(WorkerFunction.PUBLISH, times, now)

    async def _arm_for_locked(self, now: datetime) -> None:
        """Arms alarms for queues that are due but locked, by an owner's change for example, and for the next due."""
        retry_time = (now + 2 * RETRY_DELAY).replace(microsecond=0)  # whole seconds: one alarm for all workers
        upcoming = await _due_queues.next_due_time(now)
        await self.ticker.alarms.arm(WorkerFunction.PROCESS_QUEUES, {retry_time, upcoming or retry_time}, now)
