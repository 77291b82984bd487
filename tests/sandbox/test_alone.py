"""The sandbox run alone, as its own process."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from .conftest import bearer


@pytest.fixture
def run(tmp_path: Path) -> Iterator[list[subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


def start(run: list[subprocess.Popen[str]], record: Path) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-m", "perennial.sandbox", "--port", "0", "--record", str(record)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    run.append(process)
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.fullmatch(r"Sandbox listening on (http://127\.0\.0\.1:\d+/sandbox/)\n", line)
    assert found, line
    return process, found[1]


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_leaves_quietly(
    run: list[subprocess.Popen[str]], tmp_path: Path, stop: signal.Signals
) -> None:
    process, address = start(run, tmp_path / "record.jsonl")
    assert httpx2.get(f"{address}posts", verify=False).json() == []
    process.send_signal(stop)
    assert process.communicate(timeout=10) == ("", "")
    assert process.returncode == 0


def test_what_it_published_survives_a_kill(run: list[subprocess.Popen[str]], tmp_path: Path) -> None:
    process, address = start(run, tmp_path / "record.jsonl")
    answer = httpx2.post(f"{address}x/2/tweets", headers=bearer("alice"), json={"text": "Hello"}, verify=False)
    process.kill()
    process.wait()
    _, address = start(run, tmp_path / "record.jsonl")
    [post] = httpx2.get(f"{address}posts", verify=False).json()
    assert post["id"] == answer.json()["data"]["id"]


def test_where_there_is_nothing_a_browser_gets_a_page_and_others_json(
    run: list[subprocess.Popen[str]], tmp_path: Path
) -> None:
    _, address = start(run, tmp_path / "record.jsonl")
    for path in ("../nothing", "nothing"):
        page = httpx2.get(f"{address}{path}", headers={"Accept": "text/html"}, verify=False)
        assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (404, "text/html")
        answer = httpx2.get(f"{address}{path}", verify=False)
        assert (answer.status_code, answer.json()) == (404, {"error": "There is nothing at this address."})


def test_it_imports_nothing_else_of_perennial() -> None:
    code = "import sys, perennial.sandbox.__main__; print(*(n for n in sys.modules if n.startswith('perennial')))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert [n for n in found.stdout.split() if not n.startswith("perennial.sandbox")] == ["perennial"]
