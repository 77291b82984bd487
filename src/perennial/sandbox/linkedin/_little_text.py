"""The part of LinkedIn's "little text" format that readers see.

A reserved character has to be escaped with a backslash, unless it is part of an element: a mention, or a hashtag,
which begins after no letter or digit. LinkedIn cuts a post off, without an error, at the first reserved character that
is neither.
"""

import re

_RESERVED = r"\\|{}@\[\]()<>#*_~"
_PLAIN_OR_ESCAPED = rf"(?:[^{_RESERVED}]++|\\[{_RESERVED}])"

_PIECE = re.compile(
    rf"""
      (?P<text> {_PLAIN_OR_ESCAPED}++ )
    | @\[ (?P<name> {_PLAIN_OR_ESCAPED}++ ) \] \( urn:li:\w+:[\w-]+ \)
    | \{{hashtag \| (?:\\)?\# \| (?P<template> {_PLAIN_OR_ESCAPED}++ ) \}}
    | (?P<hashtag> (?<![^\W_]) \# [^\W_]+ )
    """,
    re.VERBOSE,
)
_ESCAPE = re.compile(rf"\\([{_RESERVED}])")


def visible_text(commentary: str) -> str:
    """The text without its escapes, up to the first reserved character that is not escaped."""
    read, position = [], 0
    while piece := _PIECE.match(commentary, position):
        read.append(_visible_piece(piece))
        position = piece.end()
    return "".join(read)


def _visible_piece(piece: re.Match[str]) -> str:
    """The visible text of a piece: the name of a mention, and a hashtag, also one from a template."""
    if piece["hashtag"]:
        return piece["hashtag"]
    sign = "#" if piece["template"] else ""
    return sign + _ESCAPE.sub(r"\1", piece["text"] or piece["name"] or piece["template"])
