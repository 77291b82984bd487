"""JSON as text, fast: for answers and for the log."""

import json
from collections.abc import Callable
from typing import Any

import orjson


def json_text(value: object, default: Callable[[Any], Any] | None = None) -> str:
    """The value as JSON; `default` makes something else of what is none.

    What is no Unicode (half a surrogate pair, quoted from a request), and numbers beyond 64 bits, only the standard
    library knows to write.
    """
    try:
        return orjson.dumps(value, default).decode()
    except TypeError:
        return json.dumps(value, default=default, separators=(",", ":"))
