"""How long a text is to X."""

import pytest

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
    assert counting(text) == f"X allows 280 characters; this text counts {count}."


def test_the_length_is_told_for_texts_that_a_naive_parser_chokes_on() -> None:
    assert counting("a." * 500_000) == "X allows 280 characters; this text counts 1000000."
