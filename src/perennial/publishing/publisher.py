"""publish_due: claims the publications that are due, sends them to their platforms, records what came back.

Any number of workers may call it at any time. What is in doubt is looked into meanwhile (look_ups.py).
"""

import asyncio
from collections import Counter
from dataclasses import dataclass

from perennial.core import clock
from perennial.events.publisher import Topic
from perennial.jobs.alarms import WorkerFunction
from perennial.observe.logs import get_logger
from perennial.publishing import claims
from perennial.publishing.dispatch.context import Means
from perennial.publishing.dispatch.publish_run import Run
from perennial.publishing.reconciling.reconciler import Reconciler

log = get_logger(__name__)


@dataclass
class Publisher(Means):
    """The process's publishing, one for all the jobs that run in it."""

    look_ups: Reconciler

    async def publish_due(self) -> Counter[str]:
        """Publishes what is due; returns how many results of each kind there were."""
        looking = asyncio.create_task(self.look_ups.work())
        try:
            results = await self._publish()
            await looking
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
        return results

    async def _publish(self) -> Counter[str]:
        if not self.single_flight.try_enter():
            return Counter()
        run = Run(self)
        try:
            rescued = await claims.rescue()
            if rescued.events:
                self.events.publish(Topic.PUBLICATIONS, rescued.events)
                await self.alarms.arm(WorkerFunction.PUBLISH, rescued.look_up_times, await clock.now())
            results = await run.work()
        finally:
            await run.stop_claiming()
        if rescued.events or results:
            log.info("publish.done", rescued=len(rescued.events), **results)
        return results
