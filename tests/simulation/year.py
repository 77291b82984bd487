"""The real part: a service through virtual time, from one instant at which anything is due to the next."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop
from itertools import islice
from random import Random

from support.laws.far import Answer

from perennial.core.states import Platform
from simulation.century import Found
from simulation.forecasts import Forecast, foresee
from simulation.hand import YEAR
from simulation.notebook import judging
from simulation.owners.editing import Editor
from simulation.owners.settling import Settled, settle
from simulation.published import judge
from simulation.service.running import Service, running
from simulation.service.working import Workers, publications_wake, queues_wake
from simulation.timetable import Event, Kind, Timetable, Trouble

START = datetime(2026, 12, 30, tzinfo=UTC)
AFTERWARDS = timedelta(days=400)  # of which slots are known
SETTLING = timedelta(days=3)  # at the end, in which what is under way comes to its end
EDITS_A_YEAR = 6  # of each queue
COMPLAINTS_MAX = 20
EXPECTED_ERRORS = {"publication.broken"}

Show = Callable[[float, str], None]


class Year:
    """A service that is simulated from START on, for so many days."""

    def __init__(self, service: Service, seed: int, days: int, settled: Settled, show: Show) -> None:
        self.service, self.show, self.seed = service, show, seed
        self.end = START + timedelta(days=days)
        queues = settled.queues
        self.queues = {one.id: one for one in queues}
        self.lot = Random(f"{seed}:year")
        self.workers = Workers(service, Random(f"{seed}:workers"))
        self.timetable = Timetable.draw(
            self.lot, START + SETTLING, self.end - SETTLING, len(queues) * EDITS_A_YEAR * days // 365
        )
        self.events = self.timetable.events
        heapify(self.events)
        self.is_away = False
        self.outages: list[datetime] = []
        self.checked = START
        self.editor = Editor(service, queues, settled.posts, Random(f"{seed}:edits"))
        self.forecasts: list[Forecast] = []
        self.found = Found()

    async def pass_by(self) -> None:
        """Goes from instant to instant until the end, or until there is too much to complain of."""
        while self.service.now < self.end and len(self.found.complaints) < COMPLAINTS_MAX:
            wakes = await self._wakes()
            self._go_to(min([self.events[0].time if self.events else self.end, *filter(None, wakes)]))
            if self.events and self.events[0].time <= self.service.now:
                while self.events and self.events[0].time <= self.service.now:
                    await self._happen(heappop(self.events))
                wakes = await self._wakes()
            self._look_for_drift(wakes[0])
            await self._work(*(time is not None and time <= self.service.now for time in wakes))
        await self.check()
        counts, complaints = await judge(self.queues, self.service.far, self.timetable.troubles)
        self.complain(complaints)
        self._sum_up(counts)

    def _go_to(self, time: datetime) -> None:
        """What is still due although workers have just looked is looked at again a minute later, as the cron does."""
        clock = self.service.clock
        clock.now = time if time > clock.now else clock.now + timedelta(minutes=1)
        self.show((clock.now - START) / (self.end - START), f"{clock.now:%d %B %Y}")

    async def _wakes(self) -> tuple[datetime | None, datetime | None]:
        """When a tick has something to do, and when a publisher has; never while workers are away."""
        return (None, None) if self.is_away else (await queues_wake(), await publications_wake())

    async def _work(self, ticks: bool, publishes: bool) -> None:
        now, killed = self.service.now, self.workers.counts["kills"]
        if ticks:
            due = [one for one in self.queues.values() if one.may_stop(now, self.timetable.troubles)]
            stop = {one.id for one in due if await judging.has_failed(one)}
            await self.workers.tick()
            for one in self.queues.values():
                one.tick(now, stops=one.id in stop)
        if ticks or publishes:
            await self.workers.publish()
        if self.workers.counts["kills"] > killed:
            self._expect_trouble(timedelta(minutes=30))

    def _look_for_drift(self, wakes: datetime | None) -> None:
        """What is due next by the notebook is due next by the queues' rows."""
        if self.is_away:
            return
        times = [(time, str(one)) for one in self.queues.values() if (time := one.wakes()) and time < self.end]
        expected, queue = min(times, default=(None, None))
        if expected and (wakes is None or wakes > expected):
            self.complain([f"{queue}, slot {expected}: it is due, and no queue is until {wakes}"])

    def _expect_trouble(self, time: timedelta, platform: Platform | None = None) -> None:
        self.timetable.troubles.append(Trouble(self.service.now, self.service.now + time, platform))

    async def _happen(self, event: Event) -> None:
        far = self.service.far
        match event.kind:
            case Kind.OUTAGE_BEGINS:
                self.is_away = True
                self.outages.append(self.service.now)
                self.found.counts["outages"] += 1
            case Kind.OUTAGE_ENDS:
                self.is_away = False
            case Kind.PLATFORM_GOES if event.platform and event.answer:
                far[event.platform].mood = event.answer
                self.found.counts["outages"] += 1
            case Kind.PLATFORM_RETURNS if event.platform:
                far[event.platform].mood = Answer.ACCEPT
            case Kind.ODD_ANSWER if event.platform and event.answer:
                far[event.platform].answers.append(event.answer)
            case Kind.EDIT:
                self.complain(await self.editor.edit())
            case Kind.FORECAST if not self.is_away:  # what will be missed is not foreseen
                forecast = await foresee(self.service, self.lot.choice(self.editor.queues))
                self.forecasts += [forecast] if forecast else []
            case Kind.CHECK:
                await self.check()

    async def check(self) -> None:
        """Compares what was written since the last time, and has Redis forget its alarms."""
        now = self.service.now
        complaints = await judging.compare_ledger(self.queues, self.checked, now)
        complaints += await judging.compare_queues(self.queues)
        if not self.is_away:
            complaints += judging.unaccounted(self.queues.values(), now, timedelta(minutes=2))
        complaints += [f"the log has {one}" for one in self.service.errors if one["event"] not in EXPECTED_ERRORS]
        self.service.errors.clear()
        self.complain(complaints)
        self._compare_forecasts()
        self.checked = now
        await self.service.forget_alarms()

    def _compare_forecasts(self) -> None:
        """Forecasts that hold no longer than until now are held against what came."""
        now, left = self.service.now, list[Forecast]()
        for one in self.forecasts:
            until = one.until(self.outages, now)
            if until == now and now < self.end:
                left.append(one)
            else:
                self.found.counts["forecasts"] += 1
                self.complain(islice(one.differences(until), 1))
        self.forecasts = left

    def complain(self, complaints: Iterable[str]) -> None:
        """Notes them, with the seed by which they can be had again."""
        now = self.service.now
        self.found.complaints += [f"SIMULATE_SEED={self.seed}, {now:%d %B %Y}, {one}" for one in complaints]

    def _sum_up(self, publications: Counter[str]) -> None:
        counts = self.found.counts
        counts["queues"] = len(self.queues)
        for one in self.queues.values():
            counts.update(one.fates)
        counts.update(published=publications["published"])
        counts.update(self.workers.counts + self.editor.counts)


async def simulate_year(seed: int, queues: int, days: int, show: Show) -> Found:
    """Simulates as many queues for so many days; what was found."""
    async with running(START) as service:
        until = (START + timedelta(days=days) + AFTERWARDS).replace(tzinfo=None)
        settled = await settle(service, Random(f"{seed}:owners"), queues, until)
        year = Year(service, seed, days, settled, show)
        try:
            await year.pass_by()
        except Exception as error:
            error.add_note(f"SIMULATE_SEED={seed}, {service.now:%d %B %Y}")
            raise
        year.complain(await judging.compare_clones(year.queues))
        if year.end.year > YEAR:
            year.complain(await judging.compare_by_hand(settled.queues))
        return year.found
