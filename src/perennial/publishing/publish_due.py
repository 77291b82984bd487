"""publish_due: claims due publications, sends them to their platforms and records the results.

Any number of workers may call it at any time. At the same time it looks for publications in doubt (`reconciling`)
and ends what waits in vain (`overdue`).
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from perennial.accounts.following import adopt
from perennial.core import clock
from perennial.events.publisher import EventPublisher, Topic
from perennial.jobs.alarms import RETRY_DELAY, Alarms
from perennial.jobs.single_flight import SingleFlight
from perennial.jobs.worker_functions import WorkerFunction
from perennial.observe.logs import get_logger
from perennial.publishing._steps import OnDuplicates, PublishingSteps
from perennial.publishing.dispatch.dispatcher import Dispatcher
from perennial.publishing.limits import Limits
from perennial.publishing.overdue import Overdue, Rescued, rescue
from perennial.publishing.reconciling.reconciler import Reconciler
from perennial.publishing.sending import Sender

log = get_logger(__name__)


@dataclass
class Publisher:
    """Publishes for this process; all jobs that run in the process share it.

    `stopping` is set when the process is to end. `on_duplicates` is called with posts that a platform has
    called duplicates, once that is recorded.
    """

    sender: Sender
    alarms: Alarms
    events: EventPublisher
    limits: Limits
    stopping: asyncio.Event
    reconciler: Reconciler
    overdue: Overdue
    on_duplicates: OnDuplicates
    single_flight: SingleFlight = field(default_factory=lambda: SingleFlight(1))  # one call at a time claims

    async def publish_due(self) -> Counter[str]:
        """Publishes what is due; returns the number of results by status."""
        beside = [asyncio.create_task(one) for one in (self.reconciler.reconcile_due(), self.overdue.end_waiting())]
        try:
            results = await self._publish()
            await asyncio.gather(*beside)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
        return results

    async def _publish(self) -> Counter[str]:
        if not self.single_flight.try_enter():
            return Counter()
        expire_after, on_duplicates = self.overdue.expire_after, self.on_duplicates
        steps = PublishingSteps(self.sender, self.alarms, self.events, self.limits, expire_after, on_duplicates)
        dispatcher = Dispatcher(steps, self.limits, self.single_flight.woken, self.stopping)
        rescued = Rescued()
        try:
            try:
                rescued = await self._rescue()
                await adopt(now := await clock.now(), until=now)
            except BaseException:
                self.single_flight.leave()
                raise
            results = await dispatcher.run(on_claimed=self.single_flight.leave)
        finally:
            _log_end(rescued, dispatcher.results)
        await self._hand_on(dispatcher)
        return results

    async def _rescue(self) -> Rescued:
        rescued = await rescue()
        if rescued.events:
            self.events.publish(Topic.PUBLICATIONS, rescued.events)
            await self.alarms.arm(WorkerFunction.PUBLISH, rescued.look_up_times, await clock.now())
        return rescued

    async def _hand_on(self, dispatcher: Dispatcher) -> None:
        """Enqueues another call for a wake-up that nobody inside sees, or, in a while, for what is left to do.

        Only in a while: a fresh call finds the places taken until those who hold them are through.
        """
        if self.single_flight.woken.is_set() and not self.single_flight.is_full:
            self.single_flight.woken.clear()
            await self.alarms.enqueue(WorkerFunction.PUBLISH)
        elif dispatcher.has_backlog:
            await self.alarms.enqueue(WorkerFunction.PUBLISH, RETRY_DELAY)


def _log_end(rescued: Rescued, results: Counter[str]) -> None:
    """Logs what a run did, also one that failed or was cancelled; a claim was rescued because its worker died."""
    if rescued.events or results:
        log_line = log.warning if rescued.events else log.info
        log_line("publish.done", rescued=len(rescued.events), **results)
