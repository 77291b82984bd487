"""What an expression of Prometheus' names: metrics, and the labels by which it chooses and groups them."""

import re
from typing import NamedTuple

# What Prometheus knows by itself, in the expressions that we ship.
WORDS = {"and", "or", "unless", "on", "by", "offset", "sum", "max", "min", "count", "rate", "increase", "absent"}
WORDS |= {"histogram_quantile", "min_over_time", "label_values"}

_MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
_SELECTOR = re.compile(r"([a-zA-Z_]\w*)\s*(?:\{([^}]*)\})")
_GROUPING = re.compile(r"\b(?:by|on)\s*\(([^)]*)\)")
_RANGE = re.compile(r"\[[^\]]*\]|\boffset\s+\w+")
_NAME = re.compile(r"[a-zA-Z_]\w*")


class Names(NamedTuple):
    """The metrics; (metric, label, value) for each value in a matcher; and the labels by which results are grouped."""

    metrics: set[str]
    matched: set[tuple[str, str, str]]
    grouped: set[str]


def names_in(expression: str) -> Names:
    """The names in an expression, or in a query of a dashboard's variable."""
    matched = {
        (metric, label, value)
        for metric, matchers in _SELECTOR.findall(expression)
        for label, _, values in _MATCHER.findall(matchers)
        for value in values.split("|")
    }
    grouped = {one.strip() for group in _GROUPING.findall(expression) for one in group.split(",") if one.strip()}
    bare = _RANGE.sub("", _GROUPING.sub("", re.sub(r"\{[^}]*\}", "", expression)))
    return Names(set(_NAME.findall(bare)) - WORDS - {"instance"}, matched, grouped)
