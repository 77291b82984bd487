"""What readers see of LinkedIn's "little text".

A reserved character has to be escaped with a backslash, unless it is part of an element: a mention, or a hashtag. At
the first that is neither, LinkedIn ends the post there, and says nothing of it.
"""

import re

_RESERVED = r"\\|{}@\[\]()<>#*_~"
_PLAIN_OR_ESCAPED = rf"(?:\\[{_RESERVED}]|[^{_RESERVED}])"

_PIECE = re.compile(
    rf"""
      (?P<plain> [^{_RESERVED}]+ )
    | \\ (?P<escaped> [{_RESERVED}] )
    | @\[ (?P<name> {_PLAIN_OR_ESCAPED}+ ) \] \( urn:li:\w+:[\w-]+ \)
    | \{{hashtag \| (?:\\)?\# \| (?P<template> {_PLAIN_OR_ESCAPED}+ ) \}}
    | (?P<hashtag> \# [^\W_]+ )
    """,
    re.VERBOSE,
)
_ESCAPE = re.compile(rf"\\([{_RESERVED}])")


def as_read(commentary: str) -> str:
    """The text without its escapes, up to the first reserved character that is not escaped."""
    read, position = [], 0
    while piece := _PIECE.match(commentary, position):
        read.append(_shown(piece))
        position = piece.end()
    return "".join(read)


def _shown(piece: re.Match[str]) -> str:
    """What a reader sees: a mention as the name, a hashtag from a template like any other."""
    shown = piece["plain"] or piece["escaped"] or piece["hashtag"]
    if shown:
        return shown
    if piece["name"]:
        return _ESCAPE.sub(r"\1", piece["name"])
    return "#" + _ESCAPE.sub(r"\1", piece["template"])
