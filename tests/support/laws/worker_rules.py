"""What workers do: ticks and runs of publish_due, alone and together, and workers that die or freeze half-way."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from perennial import claiming
from perennial.accounts import accounts_of
from perennial.claiming import Claimed
from perennial.models import ConnectedAccount, Publication
from perennial.recording import Settled, record
from perennial.states import Platform

from .far import Delivery
from .notebook import problem
from .scene import Scene, numbers, pick
from .sending import Run, check_late
from .ticking import check_tick
from .weather_rules import AHEAD


class Progress(StrEnum):
    """How far a worker got with what it claimed."""

    CLAIMED = "claimed"
    MARKED = "marked"
    ANSWERED = "answered"


@dataclass
class Frozen:
    """A worker that stopped half-way; it may go on much later, or never."""

    claimed: list[Claimed]
    accounts: dict[tuple[str, Platform], ConnectedAccount]
    marked: bool = False
    settled: list[Settled] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)

    @property
    def claim(self) -> UUID:
        """The claim that all of it is under."""
        assert self.claimed[0].row.claim_id is not None
        return self.claimed[0].row.claim_id


class WorkerRules(Scene):
    """Workers work."""

    def __init__(self) -> None:
        super().__init__()
        self.frozen: list[Frozen] = []

    @rule(workers=st.sampled_from([1, 1, 2]))
    def tick(self, workers: int) -> None:
        executed = self.notebook.tick(self.seen, self.now)
        tickers = [process.ticker for process in self.world.processes[:workers]]
        before, _ = self.act(*(ticker.process_due_queues() for ticker in tickers))
        check_tick(before, self.seen, self.notebook, executed, self.now)

    @rule(workers=st.sampled_from([1, 1, 2]))
    def publish(self, workers: int) -> None:
        publishers = [process.publisher for process in self.world.processes[:workers]]
        before, deliveries = self.act(*(publisher.publish_due() for publisher in publishers))
        Run(before, self.seen, deliveries, self.now).check()

    @rule(step=st.sampled_from(AHEAD))
    def time_passes_and_the_cron_runs(self, step: timedelta) -> None:
        self.world.clock.now += step
        self.tick(1)
        self.publish(1)

    @precondition(lambda self: self.upcoming())
    @rule(workers=st.sampled_from([1, 2]))
    def an_alarm_rings(self, workers: int) -> None:
        self.world.clock.now = min(self.upcoming())
        self.tick(workers)
        self.publish(workers)

    @precondition(lambda self: self.waiting())
    @rule(number=numbers, size=st.integers(1, 3), progress=st.sampled_from(Progress))
    def a_worker_freezes(self, number: int, size: int, progress: Progress) -> None:
        """Perhaps for ever: then it died."""
        first = pick(self.waiting(), number)
        assert first.next_attempt_time is not None
        self.world.clock.now = max(self.now, first.next_attempt_time)
        _, deliveries = self.act(self._claim(first.platform, size, progress))
        if deliveries:
            self.frozen[-1].deliveries = deliveries

    def waiting(self) -> list[Publication]:
        """What is to be sent now or some day."""
        return [row for row in self.seen.publications.values() if row.status == "scheduled"]

    @precondition(lambda self: self.frozen)
    @rule(number=numbers)
    def a_frozen_worker_goes_on(self, number: int) -> None:
        worker = self.frozen.pop(number % len(self.frozen))
        if not worker.settled:
            self._wake_and_send(worker)
        before, _ = self.act(_record(worker.settled))
        for one in {delivery.publication: delivery for delivery in worker.deliveries}.values():
            check_late(before.publications, self.seen.publications, worker.claim, one, self.now)

    def _wake_and_send(self, worker: Frozen) -> None:
        held = set() if worker.marked else self._held(worker)
        self.world.watches = not worker.marked
        _, worker.deliveries = self.act(self._go_on(worker))
        self.world.watches = True
        if not worker.marked:
            assert {one.publication for one in worker.deliveries} == held, "who lost the claim sends nothing"

    def _held(self, worker: Frozen) -> set[UUID]:
        """What is still under the worker's claim, and its lease not over."""
        rows = [self.seen.publications.get(one.row.id) for one in worker.claimed]
        return {
            row.id
            for row in rows
            if row and row.claim_id == worker.claim and row.lease_expires_at and row.lease_expires_at > self.now
        }

    async def _claim(self, platform: Platform, size: int, progress: Progress) -> None:
        """Claims what is due, as far as its account is usable where that matters, and goes on as far as it is told."""
        page = [one async for some in claiming.candidates(platform, self.now) for one in some]
        accounts = await accounts_of([one.owner for one in page])
        able = [one for one in page if _usable(accounts.get((one.owner, platform)), self.now)]
        claimed = await claiming.claim(able[:size]) if able else []
        if not claimed:
            return
        worker = Frozen(claimed, accounts)
        self.frozen.append(worker)
        if progress != Progress.CLAIMED:
            worker.marked = True
            assert len(await claiming.mark(claimed)) == len(claimed)
        if progress == Progress.ANSWERED:
            await self._send(worker, claimed)

    async def _go_on(self, worker: Frozen) -> None:
        await self._send(worker, worker.claimed if worker.marked else await claiming.mark(worker.claimed))

    async def _send(self, worker: Frozen, claimed: list[Claimed]) -> None:
        sender = self.world.process.publisher.sender
        for one in claimed:
            worker.settled.append(await sender.send(one, worker.accounts[one.owner, one.platform], self.now))


async def _record(settled: list[Settled]) -> None:
    if settled:
        await record(settled)


def _usable(account: ConnectedAccount | None, now: datetime) -> bool:
    if account is None or problem(account, now):
        return False
    return account.blocked_until is None or account.blocked_until <= now
