"""Texts are counted, and links found, as twitter-text's own conformance data say."""

from itertools import count
from typing import Any

import pytest
from support.referees import found_in, twitter_text

from perennial.platforms.x._links import links
from perennial.platforms.x._weighted_length import invalid_character, weighted_length
from perennial.platforms.x.transport import LENGTH_MAX

COUNTED = twitter_text(
    "validate.yml", "WeightedTweetsWithDiscountedEmojiCounterTest", "UnicodeDirectionalMarkerCounterTest"
)
LINKED = twitter_text(
    "extract.yml", "urls", "urls_with_indices", "urls_with_directional_markers", "tco_urls_with_params"
)


@pytest.mark.parametrize("case", COUNTED)
def test_a_text_counts_as_much_as_the_referee_says(case: dict[str, Any]) -> None:
    length = weighted_length(case["text"])
    assert length == case["expected"]["weightedLength"]
    is_valid = 0 < length <= LENGTH_MAX and invalid_character(case["text"]) is None
    assert is_valid == case["expected"]["valid"]


@pytest.mark.parametrize("case", LINKED)
def test_links_are_where_the_referee_says(case: dict[str, Any]) -> None:
    assert found_in(case, links(case["text"], count())) == case["expected"]
