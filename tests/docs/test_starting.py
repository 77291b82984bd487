"""The documents list every line that a start may end with; docker-compose.yml starts things in their order."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from perennial.db.starting import refusals

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "when-things-go-wrong.md").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


@pytest.mark.parametrize("words", sorted({words for *_, words in refusals._CAUSES}))
def test_every_refusal_of_a_database_has_a_row(words: str) -> None:
    table = PAGE.partition("## A process that does not start\n")[2].partition("\n## ")[0]
    listed = re.findall(r"`([^`]+)`", "".join(row.split(" | ")[0] for row in table.splitlines()))
    assert re.split(r"\{said\}| \(\{reason\}\)|;", words)[0] in listed


@pytest.mark.parametrize("service", ["server", "worker"])
def test_with_compose_neither_migrates_and_both_wait_for_what_does(service: str) -> None:
    assert COMPOSE[service]["environment"]["PERENNIAL_MIGRATE_ON_START"] == "false"
    assert COMPOSE[service]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert COMPOSE["migrate"]["command"] == "perennial migrate"
    assert COMPOSE["migrate"]["restart"] == "no"
