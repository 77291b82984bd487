"""Deletes clones with their publications, and rows of the ledger, that are older than they are to be kept.

It walks along the ids, which sort by creation, a batch at a time, each in a transaction of its own; so it may be killed
at any point, and begins again. `_old_clones` and `_old_executions` say what may go.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from perennial.core import clock
from perennial.core.ids import first_id_of
from perennial.jobs.single_flight import SingleFlight
from perennial.keeping import _old_clones, _old_executions
from perennial.keeping._doubts import Doubts, old_doubts
from perennial.observe import metrics
from perennial.observe.logs import get_logger

log = get_logger(__name__)

# The cron calls once a minute, and one worker of all: a call that ends within the minute has no other beside it.
SECONDS_MAX = 50.0
# After each batch it rests for so many times as long as that took: whoever publishes has the database for the rest of
# the time, and a database that is busy gets longer rests.
REST_FACTOR = 9.0
# What could not go, such as what was in doubt, is looked at again at the next walk.
BETWEEN_WALKS = timedelta(hours=1)
_BEFORE_ALL = UUID(int=0)


@dataclass
class _Walk:
    """How far this process has come: up to which post, and up to which row of the ledger."""

    after_post: UUID = _BEFORE_ALL
    after_execution: UUID = _BEFORE_ALL
    posts_done: bool = False
    next_time: datetime | None = None  # when the next walk may begin; None: at once


@dataclass(frozen=True)
class Pruned:
    """What a call has deleted, how long it took, and whether it has come to the end of its walk."""

    clones: int = 0
    publications: int = 0
    executions: int = 0
    seconds: float = 0.0
    is_complete: bool = True


@dataclass
class Pruner:
    """Deletes what is older than `keep`; None: it keeps everything."""

    keep: timedelta | None
    stopping: asyncio.Event
    single_flight: SingleFlight = field(default_factory=lambda: SingleFlight(1))
    _walk: _Walk = field(default_factory=_Walk)

    async def prune(self) -> Pruned:
        """Goes on with the walk for SECONDS_MAX at most; does nothing within an hour after its end."""
        if self.keep is None or not self.single_flight.try_enter():
            return Pruned()
        try:
            now = await clock.now()
            if self._walk.next_time is not None and now < self._walk.next_time:
                return Pruned()
            return await self._prune(now, self.keep)
        finally:
            self.single_flight.leave()

    async def _prune(self, now: datetime, keep: timedelta) -> Pruned:
        loop = asyncio.get_running_loop()
        begun, counts, is_complete = loop.time(), Counter[str](), False
        deadline = begun + SECONDS_MAX
        doubts = await old_doubts(now - keep)
        while not is_complete and not self.stopping.is_set() and loop.time() < deadline:
            batch_begun = loop.time()
            counts += (batch := await self._prune_batch(now - keep, doubts))
            metrics.count_pruned(batch)
            if is_complete := self._walk.posts_done and self._walk.after_execution == _BEFORE_ALL:
                self._walk = _Walk(next_time=now + BETWEEN_WALKS)
            else:
                await self._rest(min(REST_FACTOR * (loop.time() - batch_begun), deadline - loop.time()))
        done = Pruned(**counts, seconds=round(loop.time() - begun, 3), is_complete=is_complete)
        (log.info if counts else log.debug)("pruning.done", **vars(done))
        return done

    async def _prune_batch(self, cutoff: datetime, doubts: Doubts) -> Counter[str]:
        """A batch of clones, and then one of the ledger: rows follow their clones, so they stay behind them."""
        walk, end = self._walk, first_id_of(cutoff)
        counts = Counter[str]()
        if not walk.posts_done:
            last, counts = await _old_clones.delete_batch(walk.after_post, end, cutoff, doubts)
            walk.after_post, walk.posts_done = last or end, last is None
        last, executions = await _old_executions.delete_batch(walk.after_execution, walk.after_post, cutoff)
        walk.after_execution = last or (_BEFORE_ALL if walk.posts_done else walk.after_execution)
        return counts + Counter(executions=executions)

    async def _rest(self, seconds: float) -> None:
        """Waits so long, or until the process is to stop."""
        waiting = asyncio.ensure_future(self.stopping.wait())
        await asyncio.wait({waiting}, timeout=seconds)
        waiting.cancel()
