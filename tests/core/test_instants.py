"""Times and spans in text."""

import pytest

from perennial.core.instants import in_seconds


@pytest.mark.parametrize(
    ("seconds", "words"), [(1, "1 second"), (0, "0 seconds"), (2.5, "2.5 seconds"), (1_200, "1,200 seconds")]
)
def test_seconds_in_words_agree_with_their_number(seconds: float, words: str) -> None:
    assert in_seconds(seconds) == words
