"""How X counts a text: the weighted length of twitter-text, version 3."""

import re
import sys
from importlib import import_module, resources
from types import ModuleType
from typing import Any

# The parser's URL pattern takes time in the square of the length. 280 of X's characters are hardly ever more than this.
PARSED_MAX = 2_000
# A word with more dots than that is no URL of use, and to look for one in it takes the parser seconds.
DOTS_MAX = 30


def weighted_length(text: str) -> int:
    """The length that X gives the text: URLs count 23, emoji 2, Latin letters 1, most others 2.

    A text of more than PARSED_MAX characters is not parsed: it is too long, and its plain length says so.
    """
    if len(text) > PARSED_MAX:
        return len(text)
    text = text.encode("utf-8", "replace").decode()  # half a surrogate pair is a character to Python alone
    return int(_twitter_text.parse_tweet(_without_dotted_words(text)).weightedLength)


def _without_dotted_words(text: str) -> str:
    """The text with commas, which weigh the same, for the dots of words that have too many of them to be a URL."""
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
