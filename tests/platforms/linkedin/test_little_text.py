"""What LinkedIn's readers see is what the writer wrote."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.platforms.linkedin._little_text import RESERVED, escape
from perennial.platforms.linkedin.transport import LinkedIn

TEXTS = st.text() | st.text(alphabet=RESERVED + "a1 _é日\n\u0301\ufe0f")


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
    "text", ["#Python", "Read #Python", "#2026goals", "#café", "#日本", "one\n#two", "#a #b", "#C."]
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
        f"LinkedIn allows 3000 characters; this text counts {length}" if length else ""
    )
    assert (text_error is None) == (length is None)
