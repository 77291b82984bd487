"""Two benchmarks run on the code as it stands: with few rows, once, in processes of their own; no figure is judged."""

import json
import re
import subprocess
import sys

import pytest
from support.processes import ROOT, clean_environment
from support.stores.postgres import NO_POSTGRES, installed_binaries

from bench.results import describe_machine

# What makes each of them small. Modules that import a number by name have it twice.
SMALL = {
    "tick": {"bench.figures": {"ROUNDS": 1}, "bench.tick": {"QUEUES": 40, "DUE": 20, "USERS": 5}},
    "embedded": {
        "bench.figures": {"ROUNDS": 1},
        "bench.embedded": {"DUE": 200, "FEW_ROUNDS": 1},
        "bench.embedded_seed": {"DUE": 200, "USERS": 5},
    },
}
RUN = """
import asyncio, importlib, json, sys
from bench.servers import start_servers

letter, small = sys.argv[1], json.loads(sys.argv[2])
for name, numbers in small.items():
    vars(importlib.import_module(name)).update(numbers)
with start_servers() as servers:
    asyncio.run(importlib.import_module("bench." + letter).main(servers))
"""


@pytest.mark.skipif(installed_binaries() is None, reason=NO_POSTGRES)
@pytest.mark.parametrize("letter", SMALL)
def test_a_benchmark_runs_to_its_figures(letter: str) -> None:
    command = [sys.executable, "-c", RUN, letter, json.dumps(SMALL[letter])]
    environment = clean_environment() | {"PYTHONPATH": f"{ROOT / 'tests'}:{ROOT}"}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert [json.loads(line)["figure"] for line in ran.stdout.splitlines()]


@pytest.mark.skipif(installed_binaries() is None, reason=NO_POSTGRES)
def test_what_they_ran_on_is_told_by_names_and_versions_without_a_path():
    described = describe_machine()
    assert re.search(r"Python 3[\d.]+, PostgreSQL [\d.]+, (Redis|Valkey) [\d.]+\.$", described), described
    assert "/" not in described
