"""The pure part: queues drawn by lot, and those whose numbers were computed by hand, in processes of their own."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context

from simulation.complaints import Off
from simulation.hand import Case
from simulation.pure import follow, follow_case
from simulation.size import CENTURY, Size

GROUP = 20  # queues that one call of a process follows


@dataclass
class Found:
    """What a part found: numbers, and what there is to complain of."""

    counts: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)

    def add(self, other: "Found") -> None:
        """Takes the other's too."""
        self.counts += other.counts
        self.complaints += other.complaints


class Century:
    """Follows the queues of the pure part through a hundred times as many years as the real one has."""

    def __init__(self, size: Size, pool: ProcessPoolExecutor) -> None:
        numbers, years = size.pure, size.years * CENTURY
        groups = [numbers[start : start + GROUP] for start in range(0, len(numbers), GROUP)]
        self.queues, self.found = len(numbers) + len(size.by_hand), Found()
        self._open: set[Future[Found]] = {pool.submit(follow_by_hand, case) for case in size.by_hand}
        self._open |= {pool.submit(follow_group, size.seed, one, years) for one in groups}

    @property
    def is_done(self) -> bool:
        """Whether all queues have been followed."""
        return not self._open

    @property
    def words(self) -> str:
        """How far it is."""
        return f"{self.found.counts['queues']:,}/{self.queues:,} centuries"

    def collect(self, timeout: float | None) -> float:
        """Takes what is ready by then; returns the share of queues that are done."""
        done, self._open = wait(self._open, timeout, FIRST_COMPLETED)
        for one in done:
            self.found.add(one.result())
        return self.found.counts["queues"] / self.queues


@contextmanager
def processes(count: int | None = None) -> Iterator[ProcessPoolExecutor]:
    """A process for each processor but one, which the real part has; they end with the block."""
    with ProcessPoolExecutor(count or max(1, (os.cpu_count() or 1) - 1), mp_context=get_context("spawn")) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def follow_group(seed: int, numbers: Iterable[int], years: int) -> Found:
    """Follows these queues; a queue that does what it should not is complained of, and the others go on."""
    found = Found()
    for number in numbers:
        found.add(_found(partial(follow, seed, number, years), f"SIMULATE_SEED={seed}, queue {number}"))
    return found


def follow_by_hand(case: Case) -> Found:
    """Follows such a queue through the century, and compares its numbers with those that were computed."""

    def work() -> Counter[str]:
        counts = follow_case(case)
        if counts["executed"] != case.in_the_century:
            raise Off(case.queue, "any", f"it ran {counts['executed']} times, by hand {case.in_the_century}")
        return counts

    return _found(work, f"computed by hand, queue {case.queue}")


def _found(work: Callable[[], Counter[str]], queue: str) -> Found:
    """What the work counted, or why it failed: also where the code that is tried raised what nobody expected."""
    try:
        return Found(work())
    except Off as off:
        return Found(Counter(queues=1), [f"{queue}: {off}"])
    except Exception as error:
        return Found(Counter(queues=1), [f"{queue}: {type(error).__name__}: {error}"])
