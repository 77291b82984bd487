"""NFC in a time that grows with the length of the text, and no faster.

Python's own puts the marks after a letter into their order by exchanging neighbours, which takes time in the square of
their number: half a second for 25,000 marks. Here, long runs of marks are sorted before they reach it.
"""

import re
import unicodedata
from functools import cache
from itertools import groupby

ORDERED_MIN = 32  # no language puts so many marks on a letter
_LAST = 0x1EFFF  # beyond it there are no marks

# Marks that are no marks by their class, but are made of some.
_MADE_OF_MARKS = {mark: unicodedata.normalize("NFD", mark) for mark in "\u0f73\u0f75\u0f81"}


def normalized(text: str) -> str:
    """The text in NFC."""
    if unicodedata.is_normalized("NFC", text):
        return text
    for mark, marks in _MADE_OF_MARKS.items():
        text = text.replace(mark, marks)
    basic, beyond, any_beyond = _long_runs()
    runs = beyond if any_beyond.search(text) else basic
    return unicodedata.normalize("NFC", runs.sub(_in_order, text))


@cache  # for which each character is looked up: the first text that needs it pays for it, not each start
def _long_runs() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Long runs of marks up to U+FFFF, long runs of any marks, and a mark beyond U+FFFF.

    A set that goes beyond U+FFFF takes long to look into, so that the common case has one that does not.
    """
    basic, beyond = _set_of(range(0x300, 0xFFFF)), _set_of(range(0x10000, _LAST))
    return (
        re.compile(f"{basic}{{{ORDERED_MIN},}}"),
        re.compile(f"(?:{basic}|{beyond}){{{ORDERED_MIN},}}"),
        re.compile(f"(?=[\U00010000-{chr(_LAST)}]){beyond}"),
    )


def _set_of(numbers: range) -> str:
    """The marks among these characters, as a set of `re`."""
    marks = groupby(map(chr, numbers), lambda character: unicodedata.combining(character) != 0)
    runs = ["".join(run) for is_mark, run in marks if is_mark]
    return "[" + "".join(f"{run[0]}-{run[-1]}" for run in runs) + "]"


def _in_order(run: re.Match[str]) -> str:
    """The marks by their classes; those of a class stay in the order in which they stand."""
    return "".join(sorted(run[0], key=unicodedata.combining))
