"""Runs a worker whose clock is off: `python tests/chaos/skewed_worker.py -90` for one that is 90 seconds behind."""

import runpy
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine

ROOT = Path(__file__).parents[2]

if __name__ == "__main__":
    sys.path[0] = str(ROOT)
    ahead = timedelta(seconds=float(sys.argv.pop()))
    with time_machine.travel(datetime.now(UTC) + ahead, tick=True):
        runpy.run_path(str(ROOT / "worker.py"), run_name="__main__")
