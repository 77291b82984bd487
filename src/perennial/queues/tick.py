"""process_due_queues: a run of it is a *tick*, which clones what due queues repeat, schedules the clones, writes the
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
from perennial.jobs.alarms import NOT_AT_ONCE, Alarms, Call, Help
from perennial.jobs.cron_periods import PERIODS, armed_until
from perennial.jobs.single_flight import SingleFlight
from perennial.observe import metrics
from perennial.observe.logs import get_logger
from perennial.queues import _due_queues
from perennial.queues._planning import Due, Plan, advance, executions, plan, publications, refusal
from perennial.queues.recurrence import is_due
from perennial.settings import CronPeriod

log = get_logger(__name__)

CLAIMING_SECONDS = 30.0

Planner = Callable[[Collection[_due_queues.Found], datetime], Awaitable[list[Plan]]]


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
    events: EventPublisher
    every: CronPeriod
    stopping: asyncio.Event
    single_flight: SingleFlight = field(default_factory=SingleFlight)

    async def process_due_queues(self) -> TickSummary:
        """Runs every occurrence that is due; a queue that cannot be processed costs itself alone."""
        if not self.single_flight.enter():
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
    """One run: batch after batch, until nothing is due or the time is over."""

    def __init__(self, ticker: Ticker) -> None:
        self.ticker = ticker
        self.passed: set[UUID] = set()
        self.counts: Counter[str] = Counter()
        self.started = time.monotonic()
        self.help = Help(ticker.alarms, Call.PROCESS_QUEUES)

    async def work(self) -> None:
        woken = self.ticker.single_flight.woken
        while not self.ticker.stopping.is_set():
            woken.clear()
            size = await self._batch() if await self._is_due() else 0
            if size == _due_queues.batch():
                if time.monotonic() - self.started > CLAIMING_SECONDS:
                    break
                await self.help.call()
            # Last of all, so that nobody who knocks while we leave goes unheard.
            if size == 0 and not woken.is_set():
                return
        await self.ticker.alarms.call(Call.PROCESS_QUEUES)

    def summary(self) -> TickSummary:
        counts = {outcome.value: self.counts[outcome.value] for outcome in ExecutionOutcome}
        return TickSummary(due=self.counts["due"], **counts, seconds=round(time.monotonic() - self.started, 3))

    async def _is_due(self) -> bool:
        """Whether a queue is due; where none is, sets an alarm for the first that will be before the next cron run."""
        now = await clock.now()
        first = await _due_queues.first(armed_until(self.ticker.every, now), self.passed)
        if first is not None and first <= now:
            return True
        await self.ticker.alarms.arm(Call.PROCESS_QUEUES, {first} if first else set(), now)
        return False

    async def _batch(self) -> int:
        """Processes one batch; returns how many queues it had. Raises where the database is at fault."""
        found: dict[UUID, _due_queues.Found] = {}
        try:
            async with transaction():
                now = await clock.now()
                found = await _due_queues.lock_due(now, self.passed)
                reach(FaultPoint.TICK_CLAIMED)
                plans = await self._plans(found.values(), now)
                await _due_queues.write(plans)
                reach(FaultPoint.TICK_WRITTEN)
        except Exception as error:
            if is_outage(error) or not found:
                raise
            log.exception("batch.failed", queues=len(found))
            for queue_id in found:
                await self._alone(queue_id)
        else:
            reach(FaultPoint.TICK_COMMITTED)
            await self._after_commit(plans, now)
            if not found:
                await self._arm_for_held(now)
        self.counts["due"] += len(found)
        return len(found)

    async def _plans(self, found: Collection[_due_queues.Found], now: datetime) -> list[Plan]:
        if not found:
            return []
        queues = _due_queues.read(found)
        around = await _due_queues.surroundings(queues, now)
        period = PERIODS[self.ticker.every]
        return [
            advance(due)
            if (due.queue.id, due.occurrence.time) in around.ledger
            else plan(due, around.original(due.queue), around.accounts, period)
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

        async def failure(found: Collection[_due_queues.Found], now: datetime) -> list[Plan]:
            dues = (Due.of(queue, now) for queue in _due_queues.read(found))
            return [refusal(due, ExecutionOutcome.FAILED, reason) for due in dues]

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
            found = await _due_queues.lock_one(queue_id)
            if not any(is_due(queue, now) for queue in _due_queues.read(found)):
                return
            plans = await planner(found, now)
            await _due_queues.write(plans)
        await self._after_commit(plans, now)

    async def _after_commit(self, plans: Sequence[Plan], now: datetime) -> None:
        """Counts, tells, and arms the alarms of the clones."""
        publish = log.bind().info
        self.counts += metrics.count_executions(one.execution.outcome for one in plans if one.execution)
        for one in plans:
            if row := one.execution:
                publish("queue.executed", queue=str(row.queue_id), outcome=row.outcome.value, reason=row.reason)
            else:
                publish("queue.advanced", queue=str(one.advanced.id), status=one.advanced.status.value)
        self.ticker.events.publish(Topic.EXECUTIONS, executions(plans))
        self.ticker.events.publish(Topic.PUBLICATIONS, publications(plans))
        times = {row.scheduled_time for one in plans for row in one.publications if row.scheduled_time}
        await self.ticker.alarms.arm(Call.PUBLISH, times, now)

    async def _arm_for_held(self, now: datetime) -> None:
        """An owner who is just changing a queue must not cost it a cron period, nor those that fall due next."""
        again = (now + 2 * NOT_AT_ONCE).replace(microsecond=0)  # a whole second: one alarm for all workers
        upcoming = await _due_queues.next_due(now, armed_until(self.ticker.every, now))
        await self.ticker.alarms.arm(Call.PROCESS_QUEUES, {again, upcoming or again}, now)
