"""What stands on the screen after `make run`: the banner, and then one line for each post that went out."""

import re
from pathlib import Path

import pytest
from support.embedded import serving, visiting
from support.processes import free_port
from support.story import eventually

LAST_OF_THE_BANNER = "Ctrl-C stops everything.\n"
TOKEN = {"Authorization": "Bearer no-good"}
AFTER_THE_BANNER = re.compile(
    r"\n\d\d:\d\d:\d\dZ \[info     \] post\.published +LINKEDIN=https://www\.linkedin\.com/\S+ X=https://x\.com/\S+"
    r" owner=demo post=[0-9a-f-]{36}\n"
    r"\d\d:\d\d:\d\dZ \[info     \] server\.stopping .*\n"
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where `serving` writes what stands on the screen."""
    return tmp_path / "var.log"


def written(log: Path) -> str:
    return log.read_text()


async def shows(log: Path, *events: str) -> bool:
    return all(event in written(log) for event in events)


async def test_the_banner_is_followed_by_one_line_for_a_post_on_two_platforms(tmp_path: Path, log: Path) -> None:
    port = free_port()
    with serving(tmp_path / "var", port):
        async with visiting(port) as site:
            for path in ("/", "/graphql", "/sandbox/", "/nothing-here"):
                await site.http.get(path, headers={"Accept": "text/html"})
            answer = await site.http.post("/graphql", json={"query": "{ accounts { id } }"}, headers=TOKEN)
            assert "errors" in answer.json()
            await eventually(lambda: shows(log, "post.published"), "the demonstration's post is out")
    screen = written(log)
    before, _, after = screen.partition(LAST_OF_THE_BANNER)
    assert AFTER_THE_BANNER.fullmatch(after), screen
    assert "[warning" not in before, screen


async def test_at_debug_every_event_is_shown(tmp_path: Path, log: Path) -> None:
    port = free_port()
    events = ("queue.executed", "tick.done", "publication.settled", "publish.done", "request.done")
    with serving(tmp_path / "var", port, PERENNIAL_LOG_LEVEL="DEBUG"):
        async with visiting(port):
            await eventually(lambda: shows(log, *events), "every event of a run is in the log")
