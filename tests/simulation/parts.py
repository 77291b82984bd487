"""Runs the two parts beside each other: the real one in this process, the pure one in others."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic

from simulation.century import Century, Found, processes
from simulation.progress import Progress
from simulation.size import Size
from simulation.summary import unaccounted
from simulation.year import simulate_year

DAYS_A_YEAR = 365
SECONDS_BETWEEN_LOOKS = 0.5
MORE_DAYS = 6  # before the first occurrences, and after the last


@dataclass
class _Pure:
    """The pure part as it goes on beside the real one."""

    century: Century
    progress: Progress
    begun: float = field(default_factory=monotonic)
    looked: float = 0.0

    def look(self) -> None:
        """Takes what is ready, now and then."""
        if monotonic() > self.looked + SECONDS_BETWEEN_LOOKS:
            self.take(0)

    def take(self, timeout: float | None) -> None:
        """Takes what is ready by then."""
        self.looked = monotonic()
        if not self.century.is_done:
            self.progress.show("pure", self.century.collect(timeout), self.century.words)
            self.century.found.counts["seconds"] = round(monotonic() - self.begun)


def simulate(size: Size, progress: Progress) -> Mapping[str, Found]:
    """What each part found."""
    with processes() as pool:
        pure = _Pure(Century(size, pool), progress)

        def show(done: float, words: str) -> None:
            progress.show("real", done, words)
            pure.look()

        days = size.years * DAYS_A_YEAR + MORE_DAYS
        real = asyncio.run(simulate_year(size.seed, size.real, days, show))
        real.counts["seconds"] = round(monotonic() - pure.begun)
        while not pure.century.is_done:
            pure.take(None)
    progress.end()
    found = {"real": real, "pure": pure.century.found}
    for name, part in found.items():
        if left := unaccounted(part.counts):
            part.complaints.append(f"SIMULATE_SEED={size.seed}: {left:,} occurrences of the {name} part have no fate")
    return found
