"""The length of a text as X counts it: the weighted length of twitter-text, version 3."""

import re
import sys
from importlib import import_module, resources
from types import ModuleType
from typing import Any

# The parser's URL pattern takes time in the square of the length. 280 of X's characters are hardly ever more than this.
PARSED_MAX = 2_000
# A word with more dots than that is hardly a URL, and the parser takes seconds to search it for one.
DOTS_MAX = 30


def weighted_length(text: str) -> int:
    """The text's length by X's rules: URLs count 23, emoji 2, Latin letters 1, most others 2.

    A text of more than PARSED_MAX characters is too long in any case: it is not parsed, and its plain length returned.
    """
    if len(text) > PARSED_MAX:
        return len(text)
    text = text.encode("utf-8", "replace").decode()  # only Python accepts half a surrogate pair
    return int(_twitter_text.parse_tweet(_without_dotted_words(text)).weightedLength)


def _without_dotted_words(text: str) -> str:
    """The text with commas, which weigh the same, in place of dots in words that have more than DOTS_MAX of them."""
    return re.sub(r"\S+", lambda word: word[0].replace(".", ",") if word[0].count(".") > DOTS_MAX else word[0], text)


def _import_parser() -> Any:
    """Imports twitter-text-parser, with a stand-in for pkg_resources meanwhile.

    The parser reads its list of emoji with that module, which setuptools no longer ships, and needs nothing else of it.
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


_twitter_text = _import_parser()
