"""bench/RESULTS.md, which holds the tables of the last two runs and describes the machine of each."""

import os
import platform
import re
import subprocess
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from support.stores.postgres import installed_binaries

from bench.figures import Figure
from perennial.embedded._redis_child import find_server

RESULTS = Path(__file__).with_name("RESULTS.md")
HEADING = """# What `make bench` measured

The last two runs, one after the other. Every figure stands beside a limit that was measured in turn with it; absolute
rates do not carry over to another machine, or to another hour of this one. docs/performance.md says what they mean.
"""
COLUMNS = ("letter", "what", "limit", "ours", "figure", "wanted", "ok")


def add_run(before: str, time: datetime, figures: Sequence[Figure], failed: Sequence[str]) -> str:
    """The text of RESULTS.md with this run in front of the latest one in `before`; older runs are dropped."""
    earlier = re.split(r"(?m)^(?=## )", before)[1:2]
    title = f"## {time:%Y-%m-%d %H:%M} UTC\n\n{describe_machine()}\n"
    broken = f"\nFailed: {', '.join(failed)}.\n" if failed else ""
    return "\n".join([HEADING, f"{title}\n{table(figures)}\n{broken}", *earlier]).rstrip() + "\n"


def table(figures: Sequence[Figure]) -> str:
    """The figures as a Markdown table."""
    rows = [
        (one.letter, one.what, one.limit, one.ours, one.figure, one.wanted, "" if not one.wanted else _yes_or_no(one))
        for one in figures
    ]
    return "\n".join(_table_line(row) for row in (COLUMNS, ("---",) * len(COLUMNS), *rows))


def describe_machine() -> str:
    """The machine and the versions that the benchmarks ran on, in a line."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
    parts = [
        f"{os.cpu_count()} cores, {model[1] if model else platform.machine()}",
        f"{memory} GiB",
        f"Python {platform.python_version()}",
        _version(f"{installed_binaries()}/postgres"),
        _version(find_server() or "redis-server"),
    ]
    return ", ".join(parts) + "."


def _version(command: str) -> str:
    output = subprocess.run([command, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"(PostgreSQL|Redis|Valkey).*?(\d+\.[\d.]+)", output)
    return f"{found[1]} {found[2]}" if found else Path(command).name


def _yes_or_no(figure: Figure) -> str:
    return "yes" if figure.good else "no"


def _table_line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
