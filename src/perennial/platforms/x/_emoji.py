"""How much less an emoji counts on X than the characters that it is made of.

X counts 2 for an emoji, whatever it is made of (Unicode Technical Standard 51): a skin tone, a variation selector, a
keycap, the two letters of a flag, the tags of a region's flag, and other emoji that are joined to it. Which characters
these are is the Unicode database's to say; the package `regex` has it, with the places where later emoji will be. The
search goes by the characters that join others: one by the emoji would look up every character of the text.
"""

import re

import regex

_JOINER, _SELECTOR, _KEYCAP = "\u200d", "\ufe0f", "\u20e3"
_TONE = "[\U0001f3fb-\U0001f3ff]"
_FLAG_LETTER = "[\U0001f1e6-\U0001f1ff]"


def _one_of(wanted: str) -> str:
    """A set, for `re`, of the characters that this pattern of `regex` matches, in the two areas where emoji are.

    `re` compares the ranges beyond U+FFFF one after the other, so that the longest come first.
    """
    areas = ("".join(map(chr, numbers)) for numbers in (range(0x2000, 0x3300), range(0x1F000, 0x20000)))
    ranges = [found for area in areas for found in regex.findall(f"{wanted}+", area)]
    return "[" + "".join(f"{found[0]}-{found[-1]}" for found in sorted(ranges, key=len, reverse=True)) + "]"


_PICTURE = _one_of(r"(?![\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff])\p{Extended_Pictographic}")
_WITH_TONE = _one_of(r"\p{Emoji_Modifier_Base}") + _TONE
_WITH_SELECTOR = _PICTURE + _SELECTOR
_PART = f"{_PICTURE}(?:{_SELECTOR}|{_TONE})?"

_MARKS = re.compile(f"[{_SELECTOR}\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff]")
_AREA = re.compile(f"[\u203c-\u2bff\u3030\u303d\u3297\u3299{_SELECTOR}\U0001f000-\U0001ffff]{{2,}}")
# A look at the second character first: it takes longer to find that one is in none of the ranges of a set.
_PAIRS = re.compile(f"(?:{_FLAG_LETTER}{_FLAG_LETTER}|(?=.{_TONE}){_WITH_TONE}|(?=.{_SELECTOR}){_WITH_SELECTOR})++")
# What is joined to an emoji: up to three others, as no emoji has more than four parts.
_JOINED = re.compile(
    f"{_JOINER}(?:(?<={_PICTURE}.)|(?<={_WITH_SELECTOR}.)|(?<={_WITH_TONE}.))"
    f"({_PART}(?:{_JOINER}{_PART}){{0,2}}){_JOINER}?+"
)
_KEYS = "0123456789#*"
_TAGS_END = "\U000e007f"
_REGION_FLAGS = re.compile(f"\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{{3,6}}{_TAGS_END}")


def saved_by_emoji(text: str) -> int:
    """By how much less the emoji in the text count than their characters do one by one."""
    saved = 0
    if _MARKS.search(text):
        # Two characters of weight 2 that count 2 together save 2, as much as they are.
        saved += len("".join(_PAIRS.findall("\n".join(_AREA.findall(text)))))
        saved += text.count("©" + _SELECTOR) + text.count("®" + _SELECTOR)
    if _JOINER in text:
        joined = _JOINED.findall(text)  # each without its first joiner, which weighs 1 beside the 2 of an emoji
        saved += 3 * (len(joined) + "".join(joined).count(_JOINER))
    if _KEYCAP in text:
        saved += sum(text.count(key + _KEYCAP) + 3 * text.count(key + _SELECTOR + _KEYCAP) for key in _KEYS)
    if _TAGS_END in text:
        saved += sum(2 * (len(flag) - 1) for flag in _REGION_FLAGS.findall(text))
    return saved
