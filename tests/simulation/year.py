"""The real part: a service through virtual time, from one instant at which anything is due to the next."""

from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random

from support.laws.far import Answer

from perennial.core.states import Platform
from simulation.century import Found
from simulation.forecasts import Forecast, foresee
from simulation.hand import YEAR
from simulation.notebook import judging
from simulation.notebook.queues import Noted
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
        self.by_number = settled.by_number
        self.queues = {one.id: one for one in self.by_number.values()}
        self.workers = Workers(service, Random(f"{seed}:workers"))
        self.timetable = Timetable.draw(
            seed, list(settled.by_number), START + SETTLING, self.end - SETTLING, EDITS_A_YEAR * days // 365
        )
        self.events = deque(self.timetable.events)
        self.is_away = False
        self.outages: list[datetime] = []
        self.checked = START
        self.editor = Editor(service, self.queues.values(), settled.posts)
        self.forecasts: list[Forecast] = []
        self.found = Found()

    async def pass_by(self) -> None:
        """Goes from instant to instant until the end, or until there is too much to complain of."""
        while self.service.now < self.end and len(self.found.complaints) < COMPLAINTS_MAX:
            wakes = await self._wakes()
            self._go_to(min([self.events[0].time if self.events else self.end, *filter(None, wakes)]))
            if self.events and self.events[0].time <= self.service.now:
                while self.events and self.events[0].time <= self.service.now:
                    await self._happen(self.events.popleft())
                wakes = await self._wakes()
            ticks, publishes = (time is not None and time <= self.service.now for time in wakes)
            due = [] if self.is_away else self._due(wakes[0])
            await self._work(due, ticks, publishes)
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

    async def _work(self, due: Sequence[Noted], ticks: bool, publishes: bool) -> None:
        now, killed = self.service.now, self.workers.counts["kills"]
        if ticks:
            may_stop = [one for one in due if one.may_stop(now, self.timetable.troubles)]
            stop = {one.id for one in may_stop if await judging.has_failed(one)}
            await self.workers.tick()
            for one in due:
                one.tick(now, stops=one.id in stop)
        if ticks or publishes:
            await self.workers.publish()
        if self.workers.counts["kills"] > killed:
            self._expect_trouble(timedelta(minutes=30))

    def _due(self, wakes: datetime | None) -> list[Noted]:
        """What is due by the notebook. What is next by it is next by the queues' rows: else one has drifted."""
        times = [(time, number) for number, one in self.by_number.items() if (time := one.wakes())]
        expected, number = min(times, default=(None, 0))
        if expected and expected < self.end and (wakes is None or wakes > expected):
            queue = self.by_number[number]
            self.complain([f"{queue}, slot {expected}: it is due, and no queue is until {wakes}"])
        return [self.by_number[number] for time, number in times if time <= self.service.now]

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
                self.complain(await self.editor.edit(self.by_number[event.queue]))
            case Kind.FORECAST if not self.is_away:  # what will be missed is not foreseen
                forecast = await foresee(self.service, self.by_number[event.queue])
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
        """Notes them once, with the seed by which they can be had again."""
        for one in complaints:
            sentence = f"SIMULATE_SEED={self.seed}, {self.service.now:%d %B %Y}, {one}"
            if sentence not in self.found.complaints:
                self.found.complaints.append(sentence)

    def _sum_up(self, publications: Counter[str]) -> None:
        counts = self.found.counts
        counts["queues"] = len(self.queues)
        for one in self.queues.values():
            counts.update(one.fates)
        counts.update(published=publications["published"])
        counts.update(self.workers.counts + self.editor.counts)


async def simulate_year(seed: int, numbers: Collection[int], days: int, show: Show) -> Found:
    """Simulates the queues of these numbers for so many days, from 0 on, or those by hand; what was found."""
    async with running(START) as service:
        until = (START + timedelta(days=days) + AFTERWARDS).replace(tzinfo=None)
        settled = await settle(service, seed, numbers, until)
        year = Year(service, seed, days, settled, show)
        try:
            await year.pass_by()
        except Exception as error:
            error.add_note(f"SIMULATE_SEED={seed}, {service.now:%d %B %Y}")
            raise
        year.complain(await judging.compare_clones(year.queues))
        if year.end.year > YEAR:
            year.complain(await judging.compare_by_hand(year.queues.values()))
        return year.found
