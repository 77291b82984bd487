"""Measures two programs in turn, so that other load on the machine affects both, and reports their figures."""

import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from math import ceil
from statistics import median
from typing import Self

ROUNDS, FEW_ROUNDS = 5, 3

# One round does the work, checks that it was done, and returns a rate.
Round = Callable[[], Awaitable[float]]


@dataclass(frozen=True)
class Figure:
    """A row of the results table. `wanted` is the target as text; `good` tells whether the figure meets it."""

    letter: str
    what: str
    limit: str
    ours: str
    figure: str
    wanted: str
    good: bool

    @classmethod
    def ratio(cls, letter: str, what: str, pairs: "Pairs", wanted: float | None, unit: str = "/s") -> Self:
        """The ratio of ours to the limit; more is better. Without `wanted` it has no target."""
        found = pairs.ratio
        return cls(
            letter,
            what,
            f"{median(pairs.limit):,.0f}{unit}",
            f"{median(pairs.ours):,.0f}{unit}",
            f"{found:.2f}",
            f"≥ {wanted}" if wanted else "",
            wanted is None or found >= wanted,
        )

    @classmethod
    def at_most(cls, letter: str, what: str, value: float, most: float, unit: str, limit: str = "") -> Self:
        """A value of ours that must not exceed `most`."""
        return cls(
            letter, what, limit, f"{value:,.1f}{unit}", f"{value:,.1f}{unit}", f"≤ {most:g}{unit}", value <= most
        )

    @classmethod
    def untargeted(cls, letter: str, what: str, limit: str, ours: str) -> Self:
        """The limit and ours as text, without a target."""
        return cls(letter, what, limit, ours, ours, "", True)


@dataclass(frozen=True)
class Pairs:
    """The rates of both programs, round by round."""

    limit: list[float]
    ours: list[float]

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios, ours to the limit."""
        return median(ours / limit for limit, ours in zip(self.limit, self.ours, strict=True))


async def alternate(limit: Round, ours: Round, rounds: int | None = None, what: str = "") -> Pairs:
    """Runs the two programs in turn, `rounds` times each: ROUNDS if it is None."""
    pairs = Pairs([], [])
    for number in range(rounds or ROUNDS):
        pairs.limit.append(await limit())
        pairs.ours.append(await ours())
        last = f"limit {pairs.limit[-1]:,.0f}, ours {pairs.ours[-1]:,.0f}"
        print_progress(f"{what} round {number + 1}: {last}, ratio {pairs.ours[-1] / pairs.limit[-1]:.3f}")
    return pairs


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that is not less than `percent` percent of the values."""
    ordered = sorted(values)
    return ordered[max(0, ceil(percent / 100 * len(ordered)) - 1)]


def print_progress(line: str) -> None:
    """Prints a line about the progress to standard error."""
    print(f"  {line}", file=sys.stderr, flush=True)


def report(*figures: Figure) -> None:
    """Prints each figure as a line of JSON on standard output, where `python -m bench` reads it."""
    for figure in figures:
        print(json.dumps(asdict(figure), ensure_ascii=False), flush=True)
