"""docs/api.md runs as it stands: in each language one story, from the first snippet to the last."""

import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from support.npm import Workshop
from support.pages.api_page import LANGUAGES, npm_packages, story, typescript_command

# On the page each story is alice's. Here they are told at the same time.
TELLERS = {"bash": "alice", "python": "bob", "ts": "mallory"}
# The page wants Node from 22 on, which has the browsers' WebSocket. Node 20 has it where it is asked for.
NODE = {"NODE_OPTIONS": "--experimental-websocket"}


def text_of(language: str, address: str) -> str:
    return story(language).replace("127.0.0.1:8000", address).replace("alice", TELLERS[language])


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory, workshop: Workshop) -> Workshop:
    """The folder of somebody who has installed what the page says, and nothing else."""
    return Workshop.of_a_reader(tmp_path_factory.mktemp("reader"), npm_packages())


@pytest.fixture(scope="module")
def stories(address: str, workshop: Workshop, reader: Workshop) -> Iterator[dict[str, "Future[str]"]]:
    """What each story prints, or how it fails."""
    for language in ("bash", "python"):
        (workshop.folder / f"story.{language}").write_text(text_of(language, address))
    command, file = typescript_command()
    (reader.folder / file).write_text(text_of("ts", address))
    with ThreadPoolExecutor() as pool:
        yield {
            "bash": pool.submit(workshop.run, "bash", "-eu", "story.bash"),
            "python": pool.submit(workshop.run, sys.executable, "story.python"),
            "ts": pool.submit(reader.run, *command, **NODE),
        }


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_story_goes_well_in_each_language(language: str, stories: dict[str, "Future[str]"]) -> None:
    printed = stories[language].result()
    assert "PUBLISHED" in printed
    assert '"errors"' not in printed


def test_the_typescript_is_typed_soundly(workshop: Workshop) -> None:
    (workshop.folder / "story.ts").write_text(story("ts"))
    workshop.tool("tsc", "--noEmit")
