"""`python -m simulation`: SIMULATE_QUEUES queues (400) through SIMULATE_YEARS years (1) of virtual time.

That is the real part; the pure part has 25 times as many queues and a hundred times as many years. SIMULATE_SEED (1)
makes it another run, and SIMULATE_ONLY (5, or 5,17) runs the queues of these numbers alone: each of them is drawn and
edited as it is among all. Exits with 1 where anything is off, and names the seed, the queue and the slot.
"""

import os
import sys

from simulation.parts import simulate
from simulation.progress import Progress
from simulation.size import Size
from simulation.summary import table

COMPLAINTS_MAX = 20


def main() -> None:
    """Simulates, and says what came of it."""
    numbers = (_number(name, usual) for name, usual in (("QUEUES", 400), ("YEARS", 1), ("SEED", 1)))
    size = Size(*numbers, _only())
    alone = f" SIMULATE_ONLY={','.join(map(str, size.only))}" if size.only else ""
    print(  # noqa: T201
        f"SIMULATE_QUEUES={size.queues} SIMULATE_YEARS={size.years} SIMULATE_SEED={size.seed}{alone}", flush=True
    )
    parts = simulate(size, Progress(("real", "pure")))
    print(table({name: found.counts for name, found in parts.items()}))  # noqa: T201
    complaints = [one for found in parts.values() for one in found.complaints]
    sys.exit("\n".join(f"simulate: {one}" for one in complaints[:COMPLAINTS_MAX]) if complaints else 0)


def _number(name: str, usual: int) -> int:
    value = os.environ.get(f"SIMULATE_{name}", str(usual))
    if not value.isdecimal() or int(value) < 1:
        sys.exit(f"SIMULATE_{name} is a whole number from 1, not {value!r}.")
    return int(value)


def _only() -> tuple[int, ...]:
    value = os.environ.get("SIMULATE_ONLY", "")
    numbers = value.split(",") if value else []
    if not all(map(str.isdecimal, numbers)):
        sys.exit(f"SIMULATE_ONLY is the number of a queue, or several with commas, not {value!r}.")
    return tuple(sorted(set(map(int, numbers))))


if __name__ == "__main__":
    main()
