"""X's reading of a text: how long it is, and which parts of it are URLs."""

import re
import sys
from importlib import import_module, resources
from types import ModuleType
from typing import Any

LENGTH_MAX = 280
URL_WEIGHT = 23

# The parser's URL pattern takes time in the square of the length, and seconds for a word of very many dots.
PARSED_MAX = 2_000
DOTS_MAX = 30


def is_too_long(text: str) -> bool:
    """Whether the text weighs more than 280. One of more than PARSED_MAX characters is, whatever is in it."""
    return len(text) > PARSED_MAX or _weight(text) > LENGTH_MAX


def urls(text: str) -> list[tuple[int, int]]:
    """Where each URL begins and ends, bare domains included."""
    found = _twitter_text.extract_urls_with_indices(_parsable(text[:PARSED_MAX]))
    return [(url["indices"][0], url["indices"][1]) for url in found]


def _weight(text: str) -> int:
    """The weighted length. Outside its URLs a text in ASCII weighs its length, which the parser takes 1 ms to find."""
    if not text.isascii():
        return int(_twitter_text.parse_tweet(_parsable(text)).weightedLength)
    lines = text.replace("\r\n", "\n")
    return len(lines) + sum(URL_WEIGHT - (end - start) for start, end in urls(lines))


def _parsable(text: str) -> str:
    """The text with commas for the dots of words that have too many of them to be a URL; all weigh the same."""
    return re.sub(r"\S+", lambda word: word[0].replace(".", ",") if word[0].count(".") > DOTS_MAX else word[0], text)


def _load() -> Any:
    """twitter-text-parser, given a stand-in for pkg_resources while it is imported.

    It reads its list of emoji with that module, which setuptools has ceased to ship, and uses nothing else of it.
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
