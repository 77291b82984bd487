"""docs/reliability.md names the test that shows each promise; the tests are there, under these names."""

import re
from pathlib import Path

import pytest

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
