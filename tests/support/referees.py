"""Data by others that says what is right, read where it lies beside the repository."""

from pathlib import Path
from typing import Any

import pytest
import yaml

REFEREES = Path(__file__).parents[3] / "shared" / "referees"


def twitter_text(file: str, *groups: str) -> list[Any]:
    """The cases of these groups in a file of twitter-text, as parameters; one to skip if the file is not there."""
    path = REFEREES / "twitter-text" / file
    if not path.exists():
        missing = pytest.mark.skip(reason=f"there is no ../shared/referees/twitter-text/{file}")
        return [pytest.param({}, marks=missing, id="missing")]
    tests = yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]
    return [pytest.param(case, id=f"{group}: {case['description']}") for group in groups for case in tests[group]]


def found_in(case: dict[str, Any], spans: list[tuple[int, int]]) -> list[Any]:
    """What stands at these places of a case's text, in the form in which the case names what it expects."""
    text, with_indices = case["text"], any(isinstance(one, dict) for one in case["expected"])
    if with_indices:
        return [{"url": text[start:end], "indices": [start, end]} for start, end in spans]
    return [text[start:end] for start, end in spans]
