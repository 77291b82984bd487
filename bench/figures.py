"""Measuring two programs in turn, so that what else the machine does falls on both; and what comes of it."""

import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from math import ceil
from statistics import median
from typing import Self

ROUNDS, FEW_ROUNDS = 5, 3

# One round: does the work, checks that it was really done, and returns its figure.
Round = Callable[[], Awaitable[float]]


@dataclass(frozen=True)
class Figure:
    """A line of the table. `wanted` is what the figure has to be, in words; `good` says whether it is."""

    letter: str
    what: str
    limit: str
    ours: str
    figure: str
    wanted: str
    good: bool

    @classmethod
    def ratio(cls, letter: str, what: str, pairs: "Pairs", wanted: float | None, unit: str = "/s") -> Self:
        """The ratio of ours to the limit, where more is better; without `wanted` it is there to be known."""
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
        """A value of ours that has to stay below another."""
        return cls(
            letter, what, limit, f"{value:,.1f}{unit}", f"{value:,.1f}{unit}", f"≤ {most:g}{unit}", value <= most
        )

    @classmethod
    def known(cls, letter: str, what: str, limit: str, ours: str) -> Self:
        """Two values that are there to be known, in words."""
        return cls(letter, what, limit, ours, ours, "", True)


@dataclass(frozen=True)
class Pairs:
    """The rounds of a limit and of ours, measured alternately."""

    limit: list[float]
    ours: list[float]

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios: each compares what ran one after the other."""
        return median(ours / limit for limit, ours in zip(self.limit, self.ours, strict=True))


async def alternate(limit: Round, ours: Round, rounds: int = ROUNDS, what: str = "") -> Pairs:
    """Measures the two in turn."""
    pairs = Pairs([], [])
    for number in range(rounds):
        pairs.limit.append(await limit())
        pairs.ours.append(await ours())
        last = f"limit {pairs.limit[-1]:,.0f}, ours {pairs.ours[-1]:,.0f}"
        note(f"{what} round {number + 1}: {last}, ratio {pairs.ours[-1] / pairs.limit[-1]:.3f}")
    return pairs


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of the values below which, or at which, so many percent of them are."""
    ordered = sorted(values)
    return ordered[max(0, ceil(percent / 100 * len(ordered)) - 1)]


def note(words: str) -> None:
    """Something for whoever is watching."""
    print(f"  {words}", file=sys.stderr, flush=True)


def report(*figures: Figure) -> None:
    """Hands figures on to whoever runs the benchmark: a line of JSON each, on standard output."""
    for figure in figures:
        print(json.dumps(asdict(figure), ensure_ascii=False), flush=True)
