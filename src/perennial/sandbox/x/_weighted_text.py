"""The weighted length of a text, its URLs and its invalid characters, as X reads them (twitter-text, version 3).

It shares no code with the transport that it judges: it reads host names label by label, and weighs a text from its
beginning until it is too heavy.
"""

import unicodedata

import regex

from perennial.sandbox.x._urls import urls

__all__ = ["has_invalid_characters", "is_too_long", "urls"]

LENGTH_MAX = 280
URL_WEIGHT = 23
URL_LENGTH_MAX = 4096
NO_URL = (-1, -1)
# Twelve URLs of the greatest length weigh less than 280; the rest is at most 280 emoji, of ten characters each.
CHARACTERS_MAX = 12 * URL_LENGTH_MAX + 10 * LENGTH_MAX

_LIGHT = regex.compile(r"[\x00-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")
_EMOJI = regex.compile(
    r"""
      \p{Regional_Indicator}{2}
    | [0-9\#*] \ufe0f? \u20e3
    | [©®] \ufe0f
    | \U0001f3f4 [\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6} \U000e007f
    | (?![©®]) (?&part) (?: \u200d (?&part) ){0,3}
    (?(DEFINE) (?P<part> \p{Emoji_Modifier_Base}\p{Emoji_Modifier} | \p{Extended_Pictographic}\ufe0f? ) )
    """,
    regex.VERBOSE,
)
_MANY_MARKS = regex.compile(r"[\P{ccc=0}\u0f73\u0f75\u0f81]{32,}")


def has_invalid_characters(text: str) -> bool:
    """Whether the text has a byte order mark or one of two noncharacters."""
    return any(character in text for character in "\ufeff\ufffe\uffff")


def is_too_long(text: str) -> bool:
    """Whether the text weighs more than 280."""
    if len(text) > CHARACTERS_MAX:
        return True
    text = _normalized(text)
    upcoming = urls(text)
    start, end = next(upcoming, NO_URL)
    weight = position = 0
    while position < len(text) and weight <= LENGTH_MAX:
        if position == start:
            weight, position = weight + URL_WEIGHT, end
            start, end = next(upcoming, NO_URL)
        elif emoji := _EMOJI.match(text, position):
            weight, position = weight + 2, emoji.end()
        else:
            weight, position = weight + (1 if _LIGHT.match(text, position) else 2), position + 1
    return weight > LENGTH_MAX


def _normalized(text: str) -> str:
    """The text in NFC, with one character for the end of a line; Python needs very long to put many marks in order."""
    return unicodedata.normalize("NFC", _MANY_MARKS.sub(_ordered, text)).replace("\r\n", "\n")


def _ordered(marks: regex.Match[str]) -> str:
    single = "".join(unicodedata.normalize("NFD", mark) for mark in marks[0])
    return "".join(sorted(single, key=unicodedata.combining))
