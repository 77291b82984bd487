"""twitter-text-parser, an implementation by others, counts short texts as we do, but for what is said here.

It is slow, and years old: its list of emoji ends in 2019, and so does its list of top-level domains. Where the two
differ otherwise, X's own library for JavaScript is on our side, or the parser maps characters of a host name.
"""

import re
import sys
import unicodedata
from importlib import import_module, resources
from itertools import count
from types import ModuleType
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from perennial.platforms.x._links import links
from perennial.platforms.x._weighted_length import invalid_character, weighted_length

HOSTS = [
    "a",
    "b",
    "x",
    "com",
    "co",
    "uk",
    "io",
    "日本",
    "é",
    "ü",
    "語",
    "。",
    "みんな",
    "рф",
    "ж",
    "xn--",
    "t.co",
    "co.jp",
]
SIGNS = [*".._-/@#$ \n\"():?=&!~%'…\u2013\u200e\ufeff\x01"]
REST = ["http://", "https://", "HTTP://", "/a", "t.co/abc", ":80", "(a)", "(a(b)c)", "//", "1", "80"]
# Emoji that are in the parser's list, one character after the other and joined.
EMOJI = [
    "😀",
    "👍",
    "👍🏽",
    "❤️",
    "❤",
    "👩‍🚀",
    "👨‍👩‍👧‍👦",
    "🇩🇪",
    "🇯🇵",
    "1️⃣",
    "#⃣",
    "☺",
    "✌🏿",
    "🏴‍☠️",
    "👁️‍🗨️",
    "⌚",
    "™️",
    "©️",
]
LETTERS = [
    "a",
    "日",
    "€",
    "é",
    "e\u0301",
    "\u1112\u1161\u11ab",
    "“",
    "—",
    "•",
    "\r\n",
    " ",
    ".",
    "#",
    "\u2009",
    "\U0001d4b3",
]


@pytest.fixture(scope="module")
def parser() -> Any:
    """The package, with a stand-in for pkg_resources, of which it uses one function and which is shipped no more."""
    stand_in: Any = ModuleType("pkg_resources")
    stand_in.resource_string = lambda module, name: (
        resources.files(module.rpartition(".")[0]).joinpath(name).read_bytes()
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "pkg_resources", stand_in)
        return import_module("twitter_text")


def texts(parts: list[str], size: int) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(parts), max_size=size).map(
        lambda found: unicodedata.normalize("NFC", "".join(found))
    )


@given(text=texts(HOSTS + SIGNS + REST, 24))
def test_links_are_found_where_the_parser_finds_them(parser: Any, text: str) -> None:
    # Python's codec, which it uses, makes ASCII of "…" before it looks for a false "xn--". And it takes a host name out
    # of a path, too, if it is there again.
    assume(not re.search(r"xn--[^\s/]*…|([^\x00-\x7f][^\s/]*\.[a-z]+)/\S*\1", text, re.IGNORECASE))
    theirs = parser.extract_urls_with_indices(text)
    spans = [(found["indices"][0], found["indices"][0] + len(found["url"])) for found in theirs]
    assert links(text, count()) == spans
    assert weighted_length(text) == parser.parse_tweet(text).weightedLength


# Side by side they could be other emoji than those of the list: joined, or the letters of two flags a third one.
@given(st.lists(st.sampled_from(LETTERS) | st.sampled_from(EMOJI).map("{}a".format), max_size=30).map("".join))
def test_letters_and_emoji_count_what_the_parser_counts(parser: Any, text: str) -> None:
    theirs = parser.parse_tweet(text)
    assert weighted_length(text) == theirs.weightedLength
    assert (invalid_character(text) is None and 0 < theirs.weightedLength <= 280) == theirs.valid


@pytest.mark.parametrize(
    ("text", "ours", "theirs", "reason"),
    [
        ("©", 1, 2, "X's library for JavaScript takes it for an emoji only with a variation selector"),
        ("🧑‍🩰", 2, 5, "an emoji of 2025"),
        ("⌚️", 2, 4, "a variation selector that changes nothing, as telephones write it"),
        ("🏴\U000e0075\U000e0073\U000e0074\U000e0078\U000e007f", 2, 12, "the flag of Texas, which few fonts have"),
        ("👍\u200d👍", 2, 5, "joined as an emoji is, though no such one has a name"),
        ("🇽🇽", 2, 4, "two letters that make a flag, though of no country"),
        ("foo.zip foo.xbox foo.kids", 3 * 23 + 2, 2 * 23 + 2 + 8, "a top-level domain of 2022"),
    ],
)
def test_what_differs_is_known(parser: Any, text: str, ours: int, theirs: int, reason: str) -> None:
    assert (weighted_length(text), parser.parse_tweet(text).weightedLength) == (ours, theirs), reason
