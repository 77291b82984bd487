"""`python -m simulation`: SIMULATE_QUEUES queues (200) through SIMULATE_YEARS years (1) of virtual time.

That is the real part; the pure part has fifty times as many queues and a hundred times as many years. SIMULATE_SEED (1)
makes it another run. Exits with 1 where anything is off, and names the seed, the queue and the slot.
"""

import os
import sys

from simulation.parts import Size, simulate
from simulation.progress import Progress
from simulation.summary import table

COMPLAINTS_MAX = 20


def main() -> None:
    """Simulates, and says what came of it."""
    size = Size(*(_number(name, usual) for name, usual in (("QUEUES", 200), ("YEARS", 1), ("SEED", 1))))
    print(f"SIMULATE_QUEUES={size.queues} SIMULATE_YEARS={size.years} SIMULATE_SEED={size.seed}", flush=True)  # noqa: T201
    parts = simulate(size, Progress(("real", "pure")))
    print(table({name: found.counts for name, found in parts.items()}))  # noqa: T201
    complaints = [one for found in parts.values() for one in found.complaints]
    sys.exit("\n".join(f"simulate: {one}" for one in complaints[:COMPLAINTS_MAX]) if complaints else 0)


def _number(name: str, usual: int) -> int:
    value = os.environ.get(f"SIMULATE_{name}", str(usual))
    if not value.isdecimal() or int(value) < 1:
        sys.exit(f"SIMULATE_{name} is a whole number from 1, not {value!r}.")
    return int(value)


if __name__ == "__main__":
    main()
