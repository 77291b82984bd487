"""Fast JSON encoding, for responses and for the log."""

import json
from collections.abc import Callable
from typing import Any

import orjson


def json_text(value: object, default: Callable[[Any], Any] | None = None) -> str:
    """The value as JSON; `default` converts values of types that JSON does not have.

    orjson refuses text that is not Unicode (half a surrogate pair, quoted from a request) and integers beyond 64 bits:
    the standard library writes them.
    """
    try:
        return orjson.dumps(value, default).decode()
    except TypeError:
        return json.dumps(value, default=default, separators=(",", ":"))
