"""JSON, for responses and for the log, and texts of which nothing can be seen."""

import json
from collections.abc import Callable
from typing import Any

import orjson
import regex

# White space, what Unicode lets fonts ignore (joiners, variation selectors, tags, fillers), other format characters but
# those that are drawn around numbers, and two symbols that are blank.
_INVISIBLE = regex.compile(
    r"[[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cf}\u2800\U0001d159]--\p{Prepended_Concatenation_Mark}]*+",
    regex.VERSION1,
)


def json_text(value: object, default: Callable[[Any], Any] | None = None) -> str:
    """The value as JSON; `default` converts values of types that JSON does not have.

    orjson refuses text that is not Unicode (half a surrogate pair, quoted from a request) and integers beyond 64 bits:
    the standard library writes them.
    """
    try:
        return orjson.dumps(value, default).decode()
    except TypeError:
        return json.dumps(value, default=default, separators=(",", ":"))


def is_invisible(text: str) -> bool:
    """Whether no character of the text can be seen; of an empty one none can. No post, name or key is such a text."""
    return _INVISIBLE.fullmatch(text) is not None
