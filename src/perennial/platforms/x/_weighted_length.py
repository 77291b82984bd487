"""How X counts a text: the weighted length of twitter-text, version 3, and what it takes no text with.

The time that this takes grows with the length of the text, whatever is in it. Where a text has many characters of a
kind, they are counted in one call on the whole text, not one by one.
"""

from collections import Counter
from collections.abc import Iterator
from operator import length_hint

from perennial.platforms.x._emoji import saved_by_emoji
from perennial.platforms.x._links import links
from perennial.platforms.x._normal_form import normalized

LINK_WEIGHT = 23
LOOKS_MAX = 100
INVALID = "\ufeff\ufffe\uffff"

# By the higher byte of a character's UTF-16: those below U+1100 weigh 1. Of U+2000 to U+20FF some do, see below. The
# lower half of a surrogate pair weighs nothing, the higher half 2.
_COUNTED_OTHERWISE = bytes([*range(0x11), 0x20, *range(0xDC, 0xE0)])
_IS_PUNCTUATION = bytes(byte == 0x20 for byte in range(256))
_IS_LIGHT = bytes(byte in {*range(0x0E), *range(0x10, 0x20), *range(0x32, 0x38)} for byte in range(256))


def weighted_length(text: str) -> int:
    """The length that X gives the text: links count 23, emoji 2, Latin letters 1, most others 2.

    After LOOKS_MAX different places where a link may be, each of which counts 4 at least, the text is too long for X in
    any case, and what follows is counted as if it had no links.
    """
    text = _as_counted(text)
    return _weight(text) + (_gained_by_links(text) if "." in text else 0)


def invalid_character(text: str) -> str | None:
    """The name of a character with which X takes no text (a byte order mark, a noncharacter); None if there is none."""
    return next((f"U+{ord(character):04X}" for character in INVALID if character in text), None)


def _as_counted(text: str) -> str:
    """The text in NFC, with one character for the end of a line, as it is counted.

    Half a surrogate pair, which is a character to Python alone, counts 1. Four control characters, which are white
    space to Python alone, become another control character.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode(errors="replace").decode()
    if not text.isascii():
        text = normalized(text)
    text = text.replace("\r\n", "\n")
    for control in "\x1c\x1d\x1e\x1f":
        text = text.replace(control, "\x00")
    return text


def _weight(text: str) -> int:
    """What the text counts without regard to links."""
    if text.isascii():
        return len(text)
    units = text.encode("utf-16-be")
    high, low = units[::2], units[1::2]
    heavy = len(high.translate(None, delete=_COUNTED_OTHERWISE))
    if b"\x20" in high:
        punctuation = int.from_bytes(high.translate(_IS_PUNCTUATION))
        light = int.from_bytes(low.translate(_IS_LIGHT))
        heavy += punctuation.bit_count() - (punctuation & light).bit_count()
    return len(text) + heavy - saved_by_emoji(text)


def _gained_by_links(text: str) -> int:
    """How much more the text counts, with 23 for each of its links, than without regard to them."""
    # No link goes over white space, and the same word has the same links, except at the beginning of the text.
    words = Counter(word for word in text.split() if "." in word)
    looks = iter(range(LOOKS_MAX))
    gained = 0
    first = next(iter(words))
    if text.startswith(first):
        words[first] -= 1
        gained += _gained_in_word(first, looks)
    for word, times in (+words).items():  # those that are left
        if not length_hint(looks):
            break
        gained += times * _gained_in_word(f" {word}", looks)
    return gained


def _gained_in_word(word: str, looks: Iterator[int]) -> int:
    spans = links(word, looks)
    if not spans:
        return 0
    rest, done = [], 0
    for start, end in spans:
        rest.append(word[done:start])
        done = end
    # Line ends keep the rest apart, and weigh 1 each.
    around = _weight("\n".join([*rest, word[done:]])) - len(spans)
    return around + LINK_WEIGHT * len(spans) - _weight(word)
