"""How long a text is to X."""

import sys
from typing import Any

import pytest

from perennial.platforms.x._weighted_length import weighted_length
from perennial.platforms.x.transport import X


def counting(text: str) -> str | None:
    return X(None, "http://x", None, None).text_error(text)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a" * 280,
        "日" * 140,
        "é" * 280,
        "e\u0301" * 280,
        "👨‍👩‍👧‍👦" * 140,
        "#️⃣" * 140,
        "…" * 140,
        "a" * 257 + "x.ai",
        "a" * 256 + " https://example.com/" + "b" * 1_000,
        "a" * 278 + "\ud800",
    ],
)
def test_280_is_not_too_long(text: str) -> None:
    assert counting(text) is None


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a" * 291, 291),
        ("日" * 141, 282),
        ("€" * 141, 282),
        ("👨‍👩‍👧‍👦" * 141, 282),
        ("a" * 257 + " x.ai", 281),
        ("a" * 2_001, 2_001),
        ("https://example.com/ " * 12, 288),
        ("a." * 900, 1_800),
    ],
)
def test_more_than_280_is_too_long(text: str, count: int) -> None:
    assert counting(text) == f"X allows 280 characters; this text counts {count:,}."


def test_the_length_is_told_for_texts_that_a_naive_parser_chokes_on() -> None:
    assert counting("a." * 500_000) == "X allows 280 characters; this text counts 1,000,000."


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Our garden plan: https://files.example.com/plan.pdf?X-Sig=" + "a" * 2_100, 40),
        ("https://example.com/" + "a" * 5_000, 5_020),
        ("https://example.com/ " * 1_000, 24_000),
        ("a\r\nb", 3),
        ("© ® ™", 6),
        ("©️®️™️", 6),
        ("1⃣2️⃣#️⃣", 6),
        ("🇩🇪🇨🇶🇦", 6),
        ("🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", 2),
        ("👍🏽👍🏽 👍 🏽", 10),
        ("❤️🧡⌚️", 6),
        ("❤\ufe0e", 4),
        ("🧑‍🩰🐦‍🔥🙂‍↔️🧑🏽‍🤝‍🧑🏿", 8),
        ("👩‍❤️‍💋‍👨👨‍👩‍👧‍👦", 4),
        ("👩\u200d👩\u200d👩\u200d👩\u200d👩", 5),
        ("\U0001fadf\U0001fac8\U0001faf8🏿", 6),
        ("a\u200d👩 \ufe0f 🏽", 10),
        ("https://✌️.example.com/1️⃣", 27),
        ("x" + "\u0301\u0316" * 5_000, 10_001),
        ("“a” \u2013 “b” … •", 15),
    ],
)
def test_a_text_counts_what_its_parts_count(text: str, count: int) -> None:
    assert weighted_length(text) == count


@pytest.mark.parametrize(("character", "name"), [("\ufeff", "U+FEFF"), ("\ufffe", "U+FFFE"), ("\uffff", "U+FFFF")])
@pytest.mark.parametrize("text", ["{}Sow in spring.", "Sow{} in spring.", "Sow in spring.{}", "{}"])
def test_a_text_with_a_character_that_x_takes_in_none_is_complained_of(text: str, character: str, name: str) -> None:
    assert counting(text.format(character)) == f"X takes no text with the character {name}."


LETTERS = ["a", "日", "é", "e\u0301", "\u0301\u0316", "…a", ".", "/", "(", "@#", "a.", "a/"]
EMOJI = ["😀", "👍🏽", "👨‍👩‍👧‍👦", "🇩🇪", "1️⃣", "a\ufe0f", "\u200d"]
HOSTS = ["http://", "x.co/(", "a.co.", "_a.co", "@a.co", "日a.co", "x.co?", "co.日", "https://example.com/"]
LINKS = ["https://example.com/ ", "x.co ", "あいうえおかきくけこ.com "]


@pytest.mark.parametrize("unit", [*LETTERS, *EMOJI, *HOSTS, *LINKS])
def test_twice_the_text_takes_at_most_twice_the_calls(unit: str) -> None:
    once, twice = calls_for(unit * 500), calls_for(unit * 1_000)
    assert twice <= 2 * once


def calls_for(text: str) -> int:
    """How many functions are called to count the text, Python's own included."""
    calls = 0

    def count_calls(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count_calls)
    try:
        weighted_length(text)
    finally:
        sys.setprofile(None)
    return calls


def different_links(number: int) -> str:
    return " ".join(f"https://example.com/{one}" for one in range(number))


def test_a_hundred_links_are_counted_as_links_and_then_the_text_is_too_long_anyway() -> None:
    assert weighted_length(different_links(100)) == 100 * 23 + 99
    assert weighted_length(different_links(1_000)) > 1_000 * 20
    more = calls_for(different_links(800)) - calls_for(different_links(400))
    assert more < 3 * 400
