"""How much is simulated."""

from collections.abc import Sequence
from typing import NamedTuple

from simulation.hand import CASES, Case

PURE_QUEUES = 25  # for each queue of the real part
CENTURY = 100  # years of the pure part for each year of the real one


class Size(NamedTuple):
    """So many drawn queues of the real part, and years; `only`: the numbers of the only queues of either part."""

    queues: int
    years: int
    seed: int
    only: tuple[int, ...] = ()

    @property
    def real(self) -> Sequence[int]:
        """The numbers of the queues of the real part: those by hand, and those drawn."""
        return self.only or range(len(CASES) + self.queues)

    @property
    def pure(self) -> Sequence[int]:
        """The numbers of the queues of the pure part, which has those by hand besides."""
        return self.only or range(self.queues * PURE_QUEUES)

    @property
    def by_hand(self) -> Sequence[Case]:
        """The queues of the pure part whose numbers were computed by hand, for a century."""
        return CASES if self.years == 1 and not self.only else ()
