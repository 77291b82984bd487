"""The sandbox's X reads a text as twitter-text's own conformance data say, by code of its own."""

from typing import Any

import pytest
from support.referees import found_in, twitter_text

from perennial.sandbox.x._weighted_text import has_invalid_characters, is_too_long, urls

from .conftest import Sandbox

COUNTED = twitter_text(
    "validate.yml", "WeightedTweetsWithDiscountedEmojiCounterTest", "UnicodeDirectionalMarkerCounterTest"
)
LINKED = twitter_text(
    "extract.yml", "urls", "urls_with_indices", "urls_with_directional_markers", "tco_urls_with_params"
)


@pytest.mark.parametrize("case", COUNTED)
def test_a_text_is_valid_if_the_referee_says_so(case: dict[str, Any]) -> None:
    is_valid = not has_invalid_characters(case["text"]) and not is_too_long(case["text"])
    assert is_valid == case["expected"]["valid"]


@pytest.mark.parametrize("case", LINKED)
def test_urls_are_where_the_referee_says(case: dict[str, Any]) -> None:
    assert found_in(case, list(urls(case["text"]))) == case["expected"]


@pytest.mark.parametrize("text", ["\ufeffSow in spring.", "Sow\ufffe in spring.", "Sow in spring.\uffff"])
async def test_x_refuses_a_byte_order_mark_and_noncharacters(sandbox: Sandbox, text: str) -> None:
    answer = await sandbox.tweet("alice", text)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (400, "invalid-request")
    assert await sandbox.texts() == []


@pytest.mark.parametrize(
    ("text", "too_long"),
    [
        ("https://example.com/" + "a" * 4_000, False),
        ("https://example.com/" + "a" * 5_000, True),
        ("x.co " * 11 + "a" * 16, False),
        ("x.co " * 11 + "a" * 17, True),
        ("🧑‍🩰" * 140, False),
        ("🧑‍🩰" * 141, True),
        ("x" + "\u0301\u0316" * 20_000, True),
        ("_a.co" * 9_000, True),
        ("a." * 20_000, True),
    ],
)
def test_a_text_is_too_long_when_it_counts_more_than_280(text: str, too_long: bool) -> None:
    assert is_too_long(text) is too_long
