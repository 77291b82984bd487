"""Whether a post in X's timeline is the text that was sent: X escapes it, swaps its links and respells its accents."""

from datetime import UTC, datetime
from typing import Any

import pytest

from perennial.platforms.x._timeline import created_at, is_match

TCO = "https://t.co/a1B2c3D4e5"
OTHER_TCO = "https://t.co/f6G7h8I9j0"
LONG = "Long words. " * 40


def linked(text: str, **links: str | None) -> dict[str, Any]:
    """A post with links; linked(text, a1B2c3D4e5="where it leads")."""
    urls = [{"url": f"https://t.co/{short}", "expanded_url": long} for short, long in links.items()]
    return {"text": text, "entities": {"urls": urls}}


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("Tea & cake", "Tea &amp; cake"),
        ("1 < 2 > 0", "1 &lt; 2 &gt; 0"),
        ("<b>&amp;</b>", "&lt;b&gt;&amp;amp;&lt;/b&gt;"),
        ("Write &lt; for <", "Write &amp;lt; for &lt;"),
        ("&amp;lt;", "&amp;amp;lt;"),
        ("&&lt;&", "&amp;&amp;lt;&amp;"),
        ('"Quoted" &#39;', '"Quoted" &amp;#39;'),
        ("&nbsp; &copy;", "&amp;nbsp; &amp;copy;"),
    ],
)
def test_three_characters_are_escaped_and_what_looks_escaped_once_more(sent: str, shown: str) -> None:
    assert is_match(sent, {"text": shown})


@pytest.mark.parametrize("sent", ["Write < for <", "Write &amp;lt; for <"])
def test_texts_that_differ_in_an_escape_alone_differ(sent: str) -> None:
    assert not is_match(sent, {"text": "Write &amp;lt; for &lt;"})


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("cafe\u0301", "caf\u00e9"),
        ("caf\u00e9", "cafe\u0301"),
        ("\u1112\u1161\u11ab", "\ud55c"),
        ("One\r\n\r\ntwo", "One\n\ntwo"),
        ("One\n\ntwo", "One two"),
        ("  One\t two\u00a0\u2003three  ", "One two three"),
        ("\U0001f469\u200d\U0001f680", "\U0001f469\u200d\U0001f680"),
    ],
)
def test_spelling_of_accents_and_spacing_do_not_count(sent: str, shown: str) -> None:
    assert is_match(sent, {"text": shown})


@pytest.mark.parametrize("sent", ["Hello", "hello there", "Hello there!", "Hellothere", "Hello thére", ""])
def test_another_text_does_not_match(sent: str) -> None:
    assert not is_match(sent, {"text": "Hello there"})


@pytest.mark.parametrize(
    ("sent", "shown", "long"),
    [
        ("See https://example.com/a?b=1&c=2", f"See {TCO}", "https://example.com/a?b=1&c=2"),
        ("See example.com/a.", f"See {TCO}.", "http://example.com/a"),
        ("See Example.com", f"See {TCO}", "http://Example.com"),
        ("See HTTPS://example.com", f"See {TCO}", "https://example.com"),
        ("example.com & example.com", f"{TCO} &amp; {TCO}", "http://example.com"),
        ("https://example.com/&lt;", TCO, "https://example.com/&lt;"),
    ],
)
def test_a_link_is_read_as_where_it_leads_with_a_scheme_or_without(sent: str, shown: str, long: str) -> None:
    assert is_match(sent, linked(shown, a1B2c3D4e5=long))


def test_each_of_several_links_is_read_as_where_it_leads() -> None:
    shown = linked(f"{TCO} or {OTHER_TCO} & {TCO}", a1B2c3D4e5="https://one.example/", f6G7h8I9j0="http://two.example")
    assert is_match("https://one.example/ or two.example & https://one.example/", shown)
    assert not is_match("two.example or https://one.example/ & two.example", shown)


def test_another_links_address_does_not_match() -> None:
    assert not is_match("See https://example.com/a", linked(f"See {TCO}", a1B2c3D4e5="https://example.com/b"))


@pytest.mark.parametrize(
    "entities",
    [
        None,
        "links",
        {},
        {"urls": None},
        {"urls": {"url": TCO}},
        {"urls": [None, TCO, {}]},
        {"urls": [{"url": TCO, "expanded_url": None}]},
        {"urls": [{"url": TCO}]},
        {"urls": [{"url": 7, "expanded_url": "https://example.com"}]},
        {"urls": [{"url": "", "expanded_url": "https://example.com"}]},
    ],
)
def test_links_that_make_no_sense_are_left_as_they_are(entities: Any) -> None:
    assert is_match(f"See {TCO}", {"text": f"See {TCO}", "entities": entities})
    assert not is_match("See https://example.com", {"text": f"See {TCO}", "entities": entities})


def test_a_long_post_has_its_text_in_its_note() -> None:
    post = {"text": f"{LONG[:270]}… {TCO}", "note_tweet": {"text": f"{LONG}&amp; more"}}
    assert is_match(f"{LONG}& more", post)
    assert not is_match(f"{LONG[:270]}… {TCO}", post)


def test_a_long_posts_links_are_in_its_note() -> None:
    note = linked(f"{LONG}{OTHER_TCO}", f6G7h8I9j0="https://two.example")
    post = linked(f"{LONG[:270]}… {TCO}", a1B2c3D4e5="https://x.com/i/web/status/1") | {"note_tweet": note}
    assert is_match(f"{LONG}two.example", post)


@pytest.mark.parametrize("note", [None, "note", [], {}, {"text": None}, {"text": 7}])
def test_a_note_that_is_none_leaves_the_text(note: Any) -> None:
    assert is_match("Hello", {"text": "Hello", "note_tweet": note})


@pytest.mark.parametrize("post", [{}, {"text": None}, {"text": 7}, {"text": ["Hello"]}, {"text": {"text": "Hello"}}])
def test_a_post_without_a_text_matches_nothing_that_was_sent(post: Any) -> None:
    assert not is_match("Hello", post)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-11-23T12:00:00.000Z", datetime(2026, 11, 23, 12, tzinfo=UTC)),
        ("2026-11-23T12:00:00Z", datetime(2026, 11, 23, 12, tzinfo=UTC)),
        ("2026-11-23T13:00:00.123456+01:00", datetime(2026, 11, 23, 12, 0, 0, 123_000, tzinfo=UTC)),
        ("2026-11-23T12:00:00", None),
        ("2026-11-23", None),
        ("just now", None),
        ("", None),
        (None, None),
        (1_795_435_200, None),
        (["2026-11-23T12:00:00Z"], None),
    ],
)
def test_when_a_post_was_published(value: Any, expected: datetime | None) -> None:
    assert created_at({"created_at": value}) == expected
    assert created_at({}) is None
