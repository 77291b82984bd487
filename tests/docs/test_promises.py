"""docs/reliability.md names the test that shows each promise; the tests are there, under these names."""

import re
from pathlib import Path

import pytest

from perennial.db.connection import CONNECTION, postgres_config
from perennial.db.pool import client

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs/reliability.md").read_text()
NAMED = re.findall(r"`(?:tests/)?((?:\w+/)+test_\w+\.py)(?:::(\w+))?`", PAGE)


def test_every_promise_names_a_test():
    table = PAGE.partition("## The promises")[2].partition("\n## ")[0]
    promises = [line for line in table.splitlines() if re.match(r"\| \d+ \|", line)]
    assert len(promises) >= 19
    assert all(re.search(r"`(?:\w+/)+test_\w+\.py", line) for line in promises)


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_what_is_named_is_there(file, name):
    wanted = name or "test_.*"
    assert re.search(rf"^(async )?def {wanted}\(", (TESTS / file).read_text(), re.MULTILINE)


def test_the_ends_of_waits_for_a_silent_database_are_those_that_the_code_has():
    section = " ".join(
        (TESTS.parent / "docs/production.md").read_text().partition("A database that is silent")[2].split()
    )
    config = postgres_config("postgres://db/perennial", 2)
    statement = config["connections"][CONNECTION]["credentials"]["command_timeout"]
    assert f"a worker's statement is given up after {statement:g} s," in section
    assert f"the wait for a place in the pool, after {client.ACQUIRE_SECONDS:g} s." in section
    assert f"The server has {client.CANCEL_SECONDS:g} s to confirm" in section
