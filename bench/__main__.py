"""`python -m bench`: all the benchmarks, one after the other, into a table and bench/RESULTS.md."""

import json
import subprocess
import sys
from datetime import UTC, datetime

from bench.figures import Figure, note
from bench.results import RESULTS, table, with_run

BENCHMARKS = ("tick", "publish", "lateness", "read", "claim", "embedded", "growth")


def main() -> None:
    """Runs them; exits with 1 where one of them failed, or a figure is not what it has to be."""
    begun = datetime.now(UTC)
    figures: list[Figure] = []
    failed: list[str] = []
    for name in BENCHMARKS:
        note(f"{name}:")
        ended = subprocess.run([sys.executable, "-m", f"bench.{name}"], stdout=subprocess.PIPE, text=True, check=False)
        figures += [Figure(**json.loads(line)) for line in ended.stdout.splitlines()]
        failed += [name] if ended.returncode else []
    RESULTS.write_text(with_run(RESULTS.read_text() if RESULTS.exists() else "", begun, figures, failed))
    print(table(figures))
    missed = [figure.what for figure in figures if not figure.good]
    if failed or missed:
        sys.exit(f"failed: {', '.join(failed) or 'none'}; missed: {len(missed)} of {len(figures)}")


if __name__ == "__main__":
    main()
