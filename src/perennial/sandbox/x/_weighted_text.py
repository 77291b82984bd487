"""The weighted length of a text, and the URLs in it, as X counts them."""

import re
import sys
from importlib import import_module, resources
from types import ModuleType
from typing import Any

LENGTH_MAX = 280
URL_WEIGHT = 23

# The parser's URL pattern takes quadratic time in the text's length, and seconds for a word with very many dots.
PARSED_MAX = 2_000
DOTS_MAX = 30


def is_too_long(text: str) -> bool:
    """Whether the text weighs more than 280. A text of more than PARSED_MAX characters always does."""
    return len(text) > PARSED_MAX or _weight(text) > LENGTH_MAX


def urls(text: str) -> list[tuple[int, int]]:
    """The start and the end of each URL; bare domains are URLs too."""
    found = _twitter_text.extract_urls_with_indices(_parsable(text[:PARSED_MAX]))
    return [(url["indices"][0], url["indices"][1]) for url in found]


def _weight(text: str) -> int:
    """The weighted length. ASCII outside of URLs weighs its length; the parser would take 1 ms to compute that."""
    if not text.isascii():
        return int(_twitter_text.parse_tweet(_parsable(text)).weightedLength)
    lines = text.replace("\r\n", "\n")
    return len(lines) + sum(URL_WEIGHT - (end - start) for start, end in urls(lines))


def _parsable(text: str) -> str:
    """The text with commas, which weigh the same, for the dots of words with too many of them to be a URL."""
    return re.sub(r"\S+", lambda word: word[0].replace(".", ",") if word[0].count(".") > DOTS_MAX else word[0], text)


def _load() -> Any:
    """Imports twitter-text-parser, with a stand-in for pkg_resources during the import.

    The parser reads its list of emoji with that module, which setuptools no longer ships, and uses nothing else of it.
    """
    stand_in: Any = ModuleType("pkg_resources")
    stand_in.resource_string = _resource
    before = sys.modules.get("pkg_resources")
    sys.modules["pkg_resources"] = stand_in
    try:
        return import_module("twitter_text")
    finally:
        del sys.modules["pkg_resources"]
        if before is not None:
            sys.modules["pkg_resources"] = before


def _resource(module: str, name: str) -> bytes:
    return resources.files(module.rpartition(".")[0]).joinpath(name).read_bytes()


_twitter_text = _load()
