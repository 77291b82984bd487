"""What LinkedIn's readers see is what the writer wrote."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.referees import twitter_text

from perennial.platforms.linkedin._little_text import RESERVED, escape, escaped_length
from perennial.platforms.linkedin.transport import LinkedIn

TEXTS = st.text() | st.text(alphabet=RESERVED + "a1 _é日\n\u0301\ufe0f")


@pytest.mark.parametrize("case", twitter_text("extract.yml", "hashtags"))
def test_what_the_referee_calls_a_hashtag_stays_one(case: dict[str, Any]) -> None:
    """But one with an underscore, which LinkedIn reserves. The full-width sign is not reserved, and never escaped."""
    escaped = escape(case["text"])
    for tag in (tag for tag in case["expected"] if "_" not in tag):
        assert re.search(rf"(?<!\\)[#\uff03]{re.escape(tag)}", escaped), tag
    if not case["expected"]:
        assert not re.search(r"(?<!\\)#", escaped)


def unescape(text: str) -> str:
    """As LinkedIn reads it: a backslash stands before a reserved character and goes away."""
    return re.sub(rf"\\([{re.escape(RESERVED)}])", r"\1", text)


@given(TEXTS)
def test_readers_see_what_the_writer_wrote(text: str) -> None:
    assert unescape(escape(text)) == text


@given(TEXTS)
def test_nothing_unescaped_is_left_to_cut_the_post(text: str) -> None:
    bare = re.sub(rf"\\[{re.escape(RESERVED)}]", "", escape(text))
    assert not set(RESERVED) - {"#"} & set(bare)
    assert all(re.match(r"\w", bare[at + 1 : at + 2]) for at, char in enumerate(bare) if char == "#")


@pytest.mark.parametrize(
    "text",
    """
    #Python|Read #Python|#2026goals|#café|#日本|one\n#two|#a #b|#C.|#cafe\u0301|#a/#b/#c|tea-#Garden|1.#one
    Spring 🌱#Garden|“#Garden”|tea—#Garden|植えました。#園芸|できた\uff01#園芸|«#jardin»|#tea/#garden
    a ✌️#hashtag|a ✌🏿#hashtag|a 👨‍👩‍👧#hashtag|1️⃣#tag
    """.replace("\n    ", "|")
    .strip("|")
    .split("|"),
)
def test_a_hashtag_stays_one(text: str) -> None:
    assert escape(text) == text


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("(#Python)", r"\(#Python\)"),
        ("#C++ and C#", r"#C++ and C\#"),
        ("#1", r"\#1"),
        ("#", r"\#"),
        ("##tag", r"\#\#tag"),
        ("# tag", r"\# tag"),
        ("#snake_case", r"\#snake\_case"),
        ("https://example.com/a_b#top", r"https://example.com/a\_b\#top"),
        ("https://example.com/#/top", r"https://example.com/\#/top"),
        ("#️⃣ key", "\\#️⃣ key"),
        ("日本語#日本", r"日本語\#日本"),
        ("e\u0301#tag", "e\u0301\\#tag"),
        ("R&#D", r"R&\#D"),
        ("#tea/#1", r"#tea/\#1"),
        ("tea/#garden", r"tea/\#garden"),
        ("example.com/?#top", r"example.com/?\#top"),
        ("https://example.com/a-#top", r"https://example.com/a-\#top"),
        ("#महात्मा_१", r"\#महात्मा\_१"),
        (r"C:\temp", r"C:\\temp"),
        (r"\#tag", r"\\\#tag"),
        ("ada@example.com", r"ada\@example.com"),
        ("@[Ada](urn:li:person:1)", r"\@\[Ada\]\(urn:li:person:1\)"),
        ("{hashtag|#|x}", r"\{hashtag\|\#\|x\}"),
        ("*bold* ~no~ <b>", r"\*bold\* \~no\~ \<b\>"),
        ("plain, text!", "plain, text!"),
        ("", ""),
    ],
)
def test_everything_else_reserved_is_escaped(text: str, escaped: str) -> None:
    assert escape(text) == escaped


@pytest.mark.parametrize(
    ("text", "length"), [("a" * 3_000, None), ("a" * 3_001, 3_001), ("(" * 1_501, 3_002), ("😀" * 1_501, 3_002)]
)
def test_the_length_is_counted_on_what_is_sent(text: str, length: int | None) -> None:
    text_error = LinkedIn(None, "", "", "", None, None).text_error(text)  # type: ignore[arg-type]
    assert (text_error or "").startswith(
        f"LinkedIn allows 3,000 characters; this text counts {length:,}" if length else ""
    )
    assert (text_error is None) == (length is None)


def test_in_a_text_that_is_too_long_as_it_is_no_hashtags_are_looked_for() -> None:
    assert escaped_length("#tea " * 600, 3_000) == 3_000
    assert escaped_length("#tea " * 601, 3_000) == 6 * 601
