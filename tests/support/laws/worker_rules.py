"""What workers do: ticks and runs of publish_due, alone and together, and workers that die or freeze half-way."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from perennial.accounts import heads
from perennial.core.fault_points import FaultPoint
from perennial.core.states import Platform
from perennial.db.models import Publication
from perennial.posts import listed_by
from perennial.publishing import overdue

from .answers import check_late
from .claiming import check_claim, check_release
from .far import Answer
from .frozen import Frozen, Progress
from .scene import Scene, numbers, pick, platforms
from .sending import Run
from .ticking import CRON_PERIOD, both, check_tick, untouched
from .waiting import EXPIRE_AFTER
from .weather_rules import AHEAD, moods

LEASE = timedelta(seconds=120)
deaths = st.sampled_from(
    [FaultPoint.PAUSES_ENDED, FaultPoint.TICK_CLAIMED, FaultPoint.TICK_WRITTEN, FaultPoint.TICK_COMMITTED]
)
progresses = st.sampled_from(Progress)


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
        Run(before, self.seen, deliveries, self.now, self.turned_away()).check()
        accounts = [[row.connected_account_id for row in seen.publications.values()] for seen in (before, self.seen)]
        if accounts[0] == accounts[1]:  # else another call is enqueued
            self._check_alarm()

    def _check_alarm(self) -> None:
        """What falls due before the next cron will be punctual: its alarm is set."""
        for platform in Platform:
            accounts = [one for one in self.seen.present.values() if one.platform == platform]
            heads = [one.next_due for one in accounts if one.next_due]
            if platform not in self.seen.breakers and heads and self.now < min(heads) <= self.now + CRON_PERIOD:
                assert min(heads) in self.world.armed

    @rule(step=st.sampled_from(AHEAD))
    def time_passes_and_the_cron_runs(self, step: timedelta) -> None:
        self.world.clock.now += step
        self.tick(1)
        self.publish(1)
        before, _ = self.act(heads.mender().mend_some(), listed_by.mender().mend_some())
        assert all(untouched(*tables) for tables in both(before, self.seen)), "there is nothing to mend"

    @precondition(lambda self: self.upcoming())
    @rule(times=st.integers(1, 3), workers=st.sampled_from([1, 2]))
    def alarms_ring(self, times: int, workers: int) -> None:
        for _ in range(times):
            self.world.clock.now = min(self.upcoming(), default=self.now)
            self.tick(workers)
            self.publish(workers)

    @rule(platform=platforms, mood=moods)
    def the_platform_is_in_a_mood_for_a_while(self, platform: Platform, mood: Answer) -> None:
        """It goes on answering like this, whatever falls due."""
        self.world.far[platform].mood = mood
        self.alarms_ring(9, 1)
        self.world.far[platform].be_good()

    @rule(death=deaths)
    def a_tick_dies(self, death: FaultPoint) -> None:
        """Before its commit it leaves nothing but pauses that it has ended; after it, only the alarms are missing."""
        ends_some = any(queue.pause_is_over(self.now) for queue in self.notebook.queues.values())
        if ends_some and death != FaultPoint.PAUSES_ENDED:
            self.notebook.end_pauses(self.now)
        due = any(queue.is_due(self.now) for queue in self.notebook.queues.values())
        committed = death == FaultPoint.TICK_COMMITTED or (death == FaultPoint.PAUSES_ENDED and not ends_some)
        executed = self.notebook.tick(self.seen, self.now) if due and committed else {}
        before, _ = self.act(self.world.dying_tick(death))
        if due and not committed and (not ends_some or death == FaultPoint.PAUSES_ENDED):
            assert all(untouched(*tables) and len(tables[0]) == len(tables[1]) for tables in both(before, self.seen))
        elif due and committed:
            check_tick(before, self.seen, self.notebook, executed, self.now)

    @precondition(lambda self: self.waiting())
    @rule(number=numbers, size=st.integers(1, 3), progress=progresses)
    def a_worker_freezes(self, number: int, size: int, progress: Progress) -> None:
        """Perhaps for ever."""
        self.frozen.append(self._worker(number, size))
        self._go_on(self.frozen[-1], progress)

    @precondition(lambda self: self.waiting())
    @rule(number=numbers, first=progresses, second=progresses)
    def two_workers_look_at_the_same(self, number: int, first: Progress, second: Progress) -> None:
        """Both stop somewhere, and the slower one goes on at once."""
        slow, quick = self._worker(number, 1), self._worker(number, 1)
        self._go_on(slow, first)
        self._go_on(quick, second)
        self.frozen.append(quick)
        self._finish(slow)

    @precondition(lambda self: self.waiting())
    @rule(number=numbers, first=progresses, second=progresses)
    def a_worker_is_overtaken(self, number: int, first: Progress, second: Progress) -> None:
        """Its lease runs out, somebody else takes what it had, and then it goes on."""
        slow = self._worker(number, 1)
        self._go_on(slow, first)
        self.world.clock.now += LEASE
        self.act(overdue.rescue())
        quick = self._claim(Frozen(slow.sender, slow.platform, 5, EXPIRE_AFTER))
        self._go_on(quick, second)
        self.frozen.append(quick)
        self._finish(slow)

    def _worker(self, number: int, size: int) -> Frozen:
        """One that looks at a platform just when something falls due there."""
        waiting = self.waiting()
        if not waiting:  # the one before it has ended all that waited
            return Frozen(self.world.process.publisher.sender, Platform.X, size, EXPIRE_AFTER, Progress.CLAIMED)
        first = pick(waiting, number)
        assert first.next_attempt_time is not None
        self.world.clock.now = max(self.now, first.next_attempt_time)
        return self._claim(Frozen(self.world.process.publisher.sender, first.platform, size, EXPIRE_AFTER))

    def _claim(self, worker: Frozen) -> Frozen:
        before, _ = self.act(worker.claim(self.now))
        check_claim(before, self.seen, worker, self.now)
        return worker

    def waiting(self) -> list[Publication]:
        """What is to be sent now or some day."""
        open_ones = [row for row in self.seen.publications.values() if row.platform not in self.seen.breakers]
        return [row for row in open_ones if row.status == "scheduled"]

    @precondition(lambda self: self.frozen)
    @rule(number=numbers)
    def a_frozen_worker_goes_on(self, number: int) -> None:
        self._finish(self.frozen.pop(number % len(self.frozen)))

    def _finish(self, worker: Frozen) -> None:
        done = worker.progress in {Progress.UNABLE, Progress.RELEASING}
        self._go_on(worker, worker.progress if worker.progress and done else Progress.ANSWERED)
        before, _ = self.act(worker.record())
        if worker.progress == Progress.RELEASING:
            check_release(before, self.seen, worker)
        elif worker.claim_id:
            check_late(before, self.seen, worker.claim_id, worker.deliveries, self.now)

    def _go_on(self, worker: Frozen, until: Progress) -> None:
        """Who lost what it had sends nothing of it; who has marked it sends it, however late."""
        expected = worker.may_send(self.seen, self.now) if until == Progress.ANSWERED else set()
        self.world.watches = worker.progress != Progress.MARKED
        _, deliveries = self.act(worker.work(until, self.now))
        self.world.watches = True
        assert {one.publication for one in deliveries} == expected
        worker.deliveries += deliveries
