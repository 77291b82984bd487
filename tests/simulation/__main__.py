"""`python -m simulation`: SIMULATE_QUEUES queues (200) through SIMULATE_YEARS years (1) of virtual time.

The pure part has fifty times as many queues and a hundred times as many years. SIMULATE_SEED (1) makes it another run.
Exits with 1 where anything is off, and names the seed, the queue and the slot.
"""

import os
import sys
from collections.abc import Mapping
from time import monotonic

from simulation.century import Century, Found, processes
from simulation.progress import Progress
from simulation.summary import table, unaccounted

PURE_QUEUES = 50  # for each queue of the real part
COMPLAINTS_MAX = 20


def main() -> None:
    """Simulates, and says what came of it."""
    queues, years, seed = (_number(name, usual) for name, usual in (("QUEUES", 200), ("YEARS", 1), ("SEED", 1)))
    print(f"SIMULATE_QUEUES={queues} SIMULATE_YEARS={years} SIMULATE_SEED={seed}", flush=True)  # noqa: T201
    parts = simulate(queues, years, seed, Progress(("pure",)))
    print(table({name: found.counts for name, found in parts.items()}))  # noqa: T201
    complaints = [one for found in parts.values() for one in found.complaints]
    sys.exit("\n".join(f"simulate: {one}" for one in complaints[:COMPLAINTS_MAX]) if complaints else 0)


def simulate(queues: int, years: int, seed: int, progress: Progress) -> Mapping[str, Found]:
    """What each part found."""
    begun = monotonic()
    with processes() as pool:
        century = Century(seed, queues * PURE_QUEUES, years, pool)
        done = 0.0
        while done < 1:
            done = century.collect(None)
            progress.show("pure", done, century.words)
    progress.end()
    century.found.counts["seconds"] = round(monotonic() - begun)
    if left := unaccounted(century.found.counts):
        century.found.complaints.append(f"SIMULATE_SEED={seed}: {left:,} occurrences are not accounted for")
    return {"pure": century.found}


def _number(name: str, usual: int) -> int:
    value = os.environ.get(f"SIMULATE_{name}", str(usual))
    if not value.isdecimal() or int(value) < 1:
        sys.exit(f"SIMULATE_{name} is a whole number from 1, not {value!r}.")
    return int(value)


if __name__ == "__main__":
    main()
