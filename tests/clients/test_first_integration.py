"""docs/first-integration.md runs as it stands: its files, and its commands in their order, in each language."""

import json
import os
import re
import tomllib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from urllib.request import urlopen

import pytest
from support.npm import ARIADNE, NO_ARIADNE, Workshop
from support.pages.first_integration import LANGUAGES, blocks, installs, without_installing
from support.pages.reader import Reader
from support.processes import ROOT, free_port, until
from support.stores.forwarder import Forwarder, forwarding

# On the page they are alice and bob, who are others' in these tests: what fails here is theirs alone.
USERS = {"Python": "paula", "TypeScript": "tessa"}
BOTH = {"X", "LINKEDIN"}
NEXT = "Cut your perennials back in spring."  # the text of the step that is interrupted
# The page wants Node from 22 on, which has the browsers' WebSocket. Node 20 has it where it is asked for.
NODE = {"NODE_OPTIONS": "--experimental-websocket"}
# The programs read what there is every minute, and here every hour: what is shown was heard, or read on coming back.
EVERY_MINUTE = {"timeout=60)": "timeout=3600)", "(catchUp, 60_000)": "(catchUp, 3_600_000)"}
ALL_THINGS = """curl -s http://ADDRESS/graphql -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \
  -d '{"query": "{ queues { nodes { id } } posts(status: DRAFT) { nodes { id } } }"}'"""


@pytest.fixture(scope="module")
def readings(
    address: str, workshop: Workshop, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, "Future[list[str]]"]]:
    """What each reader sees, block by block, or how it fails: they read beside each other."""
    if not ARIADNE.is_dir():
        pytest.skip(NO_ARIADNE)
    with ThreadPoolExecutor() as pool:
        folders = {one: tmp_path_factory.mktemp(one) for one in LANGUAGES}
        yield {one: pool.submit(read, one, folders[one], address) for one in LANGUAGES}


def read(language: str, folder: Path, address: str) -> list[str]:
    """Saves and pastes all that the page has for the language; gives what each block of commands showed."""
    if language == "TypeScript":
        Workshop.of_a_reader(folder, sorted(installs()["npm"]))
    host, _, port = address.partition(":")
    reader = Reader(folder, PATH=f"{ARIADNE}:{os.environ['PATH']}", **NODE)
    try:
        with forwarding((host, int(port))) as line:
            return list(_read(language, reader, line, address))
    finally:
        reader.leave()


def _read(language: str, reader: Reader, line: Forwarder, address: str) -> Iterator[str]:
    looks = iter([lambda: _interrupted(reader, line, address, USERS[language]), lambda: _in_trouble(reader)])
    for file, whole in blocks(language):
        text = whole.replace("127.0.0.1:8000", f"127.0.0.1:{line.port}")
        text = re.sub("alice|bob", USERS[language], text)
        if file:
            (reader.folder / file).write_text(rarely(text) if "watch" in file else text)
        elif "watch." in text:
            yield reader.watch(text, next(looks))
        else:
            yield reader.paste(without_installing(text))
    yield reader.paste(ALL_THINGS.replace("ADDRESS", address))


def rarely(program: str) -> str:
    """The program that reads every minute, reading every hour."""
    (minute,) = [one for one in EVERY_MINUTE if one in program]
    return program.replace(minute, EVERY_MINUTE[minute])


def _interrupted(reader: Reader, line: Forwarder, address: str, user: str) -> None:
    """Breaks the reader's line while the post goes out, and sees that it is told of afterwards."""
    until(lambda: reader.shown().count(" It ") >= len(BOTH), "what became of the tip before")
    there = line.target
    line.target = ("127.0.0.1", free_port())
    line.break_off()
    until(lambda: _platforms(address, user) == BOTH, "the post goes out")
    line.target = there
    until(lambda: {one for one in BOTH if f"{NEXT} ({one}) It is out: " in reader.shown()} == BOTH, "it is told of")


def _platforms(address: str, user: str) -> set[str]:
    """On which platforms the user's post of that step is."""
    with urlopen(f"http://{address}/sandbox/posts") as answer:
        posts = json.load(answer)
    return {post["platform"] for post in posts if post["user"] == user and post["text"] == NEXT}


def _in_trouble(reader: Reader) -> None:
    until(lambda: "(X) It is not out: the account has to be connected again." in reader.shown(), "X refuses")
    until(lambda: "(LINKEDIN) It may be out." in reader.shown(), "LinkedIn leaves a doubt")


@pytest.fixture(params=LANGUAGES)
def seen(request: pytest.FixtureRequest, readings: dict[str, "Future[list[str]]"]) -> str:
    """All that a reader sees."""
    return "".join(readings[request.param].result())


def test_all_types_are_sound(seen: str) -> None:
    assert seen.count("Success: no issues found") in (0, 3)
    assert "error" not in seen
    assert "Traceback" not in seen


def test_a_warning_is_shown_although_the_account_is_connected(seen: str) -> None:
    assert "X: connected as" in seen
    assert "Warning: The access token of the account on X expires" in seen
    assert "Banner: [Connect the account again]" in seen


def test_an_outage_is_waited_for_and_a_refusal_is_not(seen: str) -> None:
    assert seen.count("Once more in 5 s") == 1
    assert seen.count("X: connected as") == 2
    assert re.search(r"^CONFLICT +This idempotencyKey was used", seen, re.M)
    assert re.search(r"^BAD_USER_INPUT publications.0.content X allows 280 characters", seen, re.M)


def test_a_tip_has_one_queue_however_often_it_is_asked_for(seen: str) -> None:
    first, again, *others = re.findall(r"^Queue: (\S+)$", seen, re.M)
    assert first == again
    assert len({first, *others}) == 3
    assert len(re.findall(r'"id":', seen.splitlines()[-1])) == 3 + 3


def test_what_went_out_while_the_line_was_broken_is_told_of(seen: str) -> None:
    assert all(f"{NEXT} ({platform}) It is out: https://" in seen for platform in BOTH)


def test_what_the_user_has_to_do_is_told(seen: str) -> None:
    assert "(X) It is not out: the account has to be connected again. [Connect it] [Send it again]" in seen
    assert "(LINKEDIN) It may be out. Please look:" in seen


def test_the_page_installs_what_is_pinned() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    assert installs()["pip"] == {re.split("[><=]", one)[0] for one in groups["codegen"]}
    pinned = (ROOT / "requirements-codegen.txt").read_text()
    assert all(f"\n{one.partition('[')[0]}==" in pinned for one in installs()["pip"])
