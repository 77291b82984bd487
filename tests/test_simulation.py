"""The simulation finds what it is there to find: with a fault put in, it names the queue; without one, it is silent."""

import ast
import pty
import subprocess
import sys
import termios
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO
from typing import Any, TextIO

import pytest
from simulation import follower, year
from simulation.calendar import Slots, instant_of
from simulation.century import follow_by_hand, follow_group
from simulation.hand import CASES, YEAR
from simulation.owners import settling
from simulation.progress import Progress
from simulation.published import wrong_of
from simulation.timetable import Timetable
from support.processes import ROOT, clean_environment
from support.stores.postgres import NO_POSTGRES, installed_binaries

from perennial.queues.recurrence.columns import Changes
from perennial.queues.recurrence.passing import Passed

FEW = range(40)

Fault = Callable[..., Any]


def drifts_in_summer(after_execution: Fault) -> Fault:
    """Each run in summer makes the next an hour later."""

    def drifting(*given: Any) -> Changes:
        changes: Changes = after_execution(*given)
        summer = 4 <= changes.get("next_scheduled_time", given[-1]).month <= 9
        return changes | {"next_scheduled_time": changes["next_scheduled_time"] + timedelta(hours=1 * summer)}

    return drifting


def stays(after_execution: Fault) -> Fault:
    """A run now and then leaves the queue where it was, so that the occurrence runs again."""

    def staying(*given: Any) -> Changes:
        changes: Changes = after_execution(*given)
        return {"execution_count": changes["execution_count"]} if changes["execution_count"] == 7 else changes

    return staying


def keeps_silent(passed: Fault) -> Fault:
    """What did not run is in no ledger."""

    def silent(*given: Any) -> Passed:
        found: Passed = passed(*given)
        return replace(found, not_run=())

    return silent


def loses_count(passed: Fault) -> Fault:
    """A run that stands for earlier occurrences stands for one too few."""

    def losing(*given: Any) -> Passed:
        found: Passed = passed(*given)
        one = found.occurrence
        return replace(found, occurrence=one and one._replace(missed_count=max(0, one.missed_count - 1)))

    return losing


def test_nothing_is_found_where_nothing_is_wrong():
    found = follow_group(1, FEW, 3)
    assert found.complaints == []
    assert found.counts["executed"] > 500
    assert all(found.counts[fate] for fate in ("missed", "skipped", "excluded", "moved"))


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("after_execution", drifts_in_summer),
        ("after_execution", stays),
        ("passed", keeps_silent),
        ("passed", loses_count),
    ],
)
def test_a_fault_of_the_pure_functions_is_found(monkeypatch: pytest.MonkeyPatch, fault: Fault, name: str) -> None:
    monkeypatch.setattr(follower, name, fault(getattr(follower, name)))
    complaints = follow_group(1, FEW, 3).complaints
    assert complaints
    assert all(one.startswith("SIMULATE_SEED=1, queue ") and "slot " in one for one in complaints)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.queue))
def test_the_calendar_agrees_with_what_was_computed_by_hand(case):
    end = datetime(YEAR + 1, 1, 1)  # noqa: DTZ001 - a wall time
    queue = case.queue
    slots = Slots.of(queue.rule, queue.interval, queue.zone, queue.first, end)
    assert len(slots) == case.in_the_year
    assert {slot: instant_of(slot, queue.zone) for slot in case.odd} == case.odd


def test_a_century_by_hand():
    case = next(one for one in CASES if one.in_the_century == 700)
    assert follow_by_hand(case).complaints == []
    wrong = type(case)(case.queue, case.in_the_year, 701)
    assert "it ran 700 times" in follow_by_hand(wrong).complaints[0]


def shown(stream: TextIO) -> None:
    progress = Progress(("real", "pure"), stream)
    for percent in range(0, 101, 10):
        progress.show("real", percent / 100, "30 September 2027")
        progress.show("pure", percent / 100, f"{100 * percent:,} centuries")
    progress.end()


def test_the_bar_stays_on_one_line_of_a_terminal_however_narrow():
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 50))
    with open(ours, "rb", buffering=0) as terminal, open(theirs, "w") as stream:
        shown(stream)
        written = ""
        while not written.endswith("\n"):  # it comes in parts
            written += terminal.read(1 << 20).decode()
    *bars, end = written.replace("\x1b[K", "").split("\r")
    assert end == "\n"
    assert len(bars) > 20
    assert max(map(len, bars)) == 49


def test_the_bar_is_a_line_for_each_tenth_in_a_pipe():
    stream = StringIO()
    shown(stream)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 11
    assert "] 100% " in lines[-1]
    assert "10,000 centuries" not in lines[-2]


@pytest.mark.parametrize("there", [["1"], []])
@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("1", None),
        ("2", None),
        ("3", "it is said to be 3, and the platform has "),
        ("4", "it is said to be 4, and the platform has "),
        (None, "it is said to be None"),
    ],
)
def test_a_post_may_be_taken_for_one_that_is_like_it_and_for_no_other(
    said: str | None, sentence: str | None, there: list[str]
) -> None:
    texts = {"1": ("olga", "a text"), "2": ("olga", "a text"), "3": ("olga", "another"), "4": ("piet", "a text")}
    row = {"status": "published", "remote_id": said, "account": "olga", "content": "a text"}
    wrong = wrong_of(row, there, texts)
    assert wrong is None if sentence is None else str(wrong).startswith(sentence)


REAL = """
import asyncio, sys
from simulation import faults, year
from simulation.owners import settling

year.EDITS_A_YEAR, settling.CASES = 150, ()
faults.put_in(sys.argv[1])
found = asyncio.run(year.simulate_year(5, range(10), 16, lambda *_: None))
print(dict(found.counts))
sys.exit("\\n".join(found.complaints) or 0)
"""


def simulated(fault: str) -> subprocess.CompletedProcess[str]:
    environment = clean_environment() | {"PYTHONPATH": f"{ROOT / 'tests'}:{ROOT}"}
    command = [sys.executable, "-c", REAL, fault]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.skipif(installed_binaries() is None, reason=NO_POSTGRES)
def test_the_real_part_is_silent_where_nothing_is_wrong():
    ran = simulated("none")
    assert ran.stderr == ""
    counts = ast.literal_eval(ran.stdout)
    assert counts["executed"] > 10
    assert counts["edits"] > 10


@pytest.mark.skipif(installed_binaries() is None, reason=NO_POSTGRES)
@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("sends twice", "it was published 2 times"),
        ("drifts", ": it is due, and no queue is until"),
        ("keeps silent", "the ledger has None, and should have Entry(outcome='skipped'"),
    ],
)
def test_a_fault_of_the_service_is_found(fault: str, sentence: str) -> None:
    ran = simulated(fault)
    assert ran.returncode == 1
    assert sentence in ran.stderr
    assert all(line.startswith("SIMULATE_SEED=5, ") for line in ran.stderr.splitlines())


def test_a_queue_has_among_others_what_it_has_alone():
    start, end = year.START, year.START + timedelta(days=365)
    posts = {owner: [f"{owner} {number}" for number in range(6)] for owner in (*settling.OWNERS, settling.BY_HAND)}

    def life(number: int, numbers: Sequence[int]) -> object:
        queue = settling.note(1, number, posts, start.replace(tzinfo=None), end.replace(tzinfo=None))
        events = Timetable.draw(1, numbers, start, end, 6).events
        return str(queue), queue.turns, queue.steering, [one[0:1] + one[2:] for one in events if one.queue == number]

    alone, among = life(20, [20]), life(20, range(40))
    assert alone == among
    assert life(21, range(40)) != among


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SIMULATE_QUEUES", "many", "SIMULATE_QUEUES is a whole number from 1, not 'many'."),
        ("SIMULATE_ONLY", "5,", "SIMULATE_ONLY is the number of a queue, or several with commas, not '5,'."),
    ],
)
def test_a_setting_that_is_no_number_is_refused(name: str, value: str, sentence: str) -> None:
    environment = clean_environment() | {"PYTHONPATH": str(ROOT / "tests"), name: value}
    ran = subprocess.run(
        [sys.executable, "-m", "simulation"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert ran.stderr == f"{sentence}\n"
