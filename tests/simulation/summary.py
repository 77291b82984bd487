"""The numbers of a simulation, as a table."""

from collections import Counter
from collections.abc import Mapping

COLUMNS = (
    *("queues", "occurrences", "executed", "missed", "skipped", "excluded", "paused", "stopped", "moved", "extra"),
    *("published", "kills", "outages", "edits", "forecasts", "seconds"),
)
# Each occurrence became one of these.
FATES = ("executed", "missed", "skipped", "excluded", "paused", "stopped")


def table(parts: Mapping[str, Counter[str]]) -> str:
    """A line for each part; a number that a part does not have is left out."""
    columns = [name for name in COLUMNS if any(name in counts for counts in parts.values())]
    rows = [["", *columns]]
    rows += [
        [part, *(f"{counts[one]:,}" if one in counts else "" for one in columns)] for part, counts in parts.items()
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def unaccounted(counts: Counter[str]) -> int:
    """How many occurrences have no fate."""
    return counts["occurrences"] - sum(counts[fate] for fate in FATES)


def _line(row: list[str], widths: list[int]) -> str:
    first, *others = row
    return "  ".join(
        (first.ljust(widths[0]), *(one.rjust(width) for one, width in zip(others, widths[1:], strict=True)))
    )
