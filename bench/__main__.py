"""`python -m bench` runs all benchmarks, one after the other, and writes their figures to bench/RESULTS.md."""

import json
import subprocess
import sys
from datetime import UTC, datetime

from bench.figures import Figure, print_progress
from bench.results import RESULTS, add_run, table

BENCHMARKS = (
    "tick",
    "publish",
    "lateness",
    "read",
    "claim",
    "embedded",
    "growth",
    "fairness",
    "pruning",
    "texts",
    "points",
    "lists",
    "recurrence",
)


def main() -> None:
    """Runs every benchmark; exits with 1 if one of them fails or a figure misses its target."""
    begun = datetime.now(UTC)
    figures: list[Figure] = []
    failed: list[str] = []
    for name in BENCHMARKS:
        print_progress(f"{name}:")
        ended = subprocess.run([sys.executable, "-m", f"bench.{name}"], stdout=subprocess.PIPE, text=True, check=False)
        figures += [Figure(**json.loads(line)) for line in ended.stdout.splitlines()]
        failed += [name] if ended.returncode else []
    RESULTS.write_text(add_run(RESULTS.read_text() if RESULTS.exists() else "", begun, figures, failed))
    print(table(figures))
    missed = [figure.what for figure in figures if not figure.good]
    if failed or missed:
        sys.exit(f"failed: {', '.join(failed) or 'none'}; missed: {len(missed)} of {len(figures)}")


if __name__ == "__main__":
    main()
