"""docs/api.md runs as it stands: in each language one story, from the first snippet to the last."""

import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from support.api_page import LANGUAGES, story
from support.npm import Workshop

# On the page each story is alice's. Here they are told at the same time.
TELLERS = {"bash": "alice", "python": "bob", "ts": "mallory"}
# Node has the browsers' WebSocket from 22 on, and before that where it is asked for.
NODE = ["node", "--experimental-websocket"]


@pytest.fixture(scope="module")
def stories(address: str, workshop: Workshop) -> Iterator[dict[str, "Future[str]"]]:
    """What each story prints, or how it fails."""
    for language in LANGUAGES:
        text = story(language).replace("127.0.0.1:8000", address).replace("alice", TELLERS[language])
        (workshop.folder / f"story.{language}").write_text(text)
    workshop.tool("tsc")
    commands = {
        "bash": ["bash", "-eu", "story.bash"],
        "python": [sys.executable, "story.python"],
        "ts": [*NODE, "story.js"],
    }
    with ThreadPoolExecutor() as pool:
        yield {language: pool.submit(workshop.run, *commands[language]) for language in LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_story_goes_well_in_each_language(language: str, stories: dict[str, "Future[str]"]) -> None:
    printed = stories[language].result()
    assert "PUBLISHED" in printed
    assert '"errors"' not in printed
