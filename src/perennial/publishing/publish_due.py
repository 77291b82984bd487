"""publish_due: claims due publications, sends them to their platforms and records the results.

Any number of workers may call it at any time. At the same time it looks for publications in doubt (`reconciling`).
"""

import asyncio
from collections import Counter
from dataclasses import dataclass

from perennial.core import clock
from perennial.events.publisher import Topic
from perennial.jobs.worker_functions import WorkerFunction
from perennial.observe.logs import get_logger
from perennial.publishing import claims
from perennial.publishing.claims import Rescued
from perennial.publishing.dispatch.context import Means
from perennial.publishing.dispatch.publish_run import Run
from perennial.publishing.reconciling.reconciler import Reconciler

log = get_logger(__name__)


@dataclass
class Publisher(Means):
    """Publishes for this process; all jobs that run in the process share it."""

    reconciler: Reconciler

    async def publish_due(self) -> Counter[str]:
        """Publishes what is due; returns the number of results by status."""
        reconciling = asyncio.create_task(self.reconciler.reconcile_due())
        try:
            results = await self._publish()
            await reconciling
        finally:
            reconciling.cancel()
            await asyncio.gather(reconciling, return_exceptions=True)
        return results

    async def _publish(self) -> Counter[str]:
        if not self.single_flight.try_enter():
            return Counter()
        run, rescued = Run(self), Rescued()
        try:
            rescued = await claims.rescue()
            if rescued.events:
                self.events.publish(Topic.PUBLICATIONS, rescued.events)
                await self.alarms.arm(WorkerFunction.PUBLISH, rescued.look_up_times, await clock.now())
            return await run.work()
        finally:
            try:
                await run.stop_claiming()
            finally:
                _log_end(rescued, run.arrivals.results)


def _log_end(rescued: Rescued, results: Counter[str]) -> None:
    """Logs what a run did, also one that failed or was cancelled; a claim was rescued because its worker died."""
    if rescued.events or results:
        log_line = log.warning if rescued.events else log.info
        log_line("publish.done", rescued=len(rescued.events), **results)
