"""LinkedIn's "little text" format, in which reserved characters are escaped.

LinkedIn silently cuts a post at the first reserved character that is neither escaped nor part of an element.
"""

import regex

RESERVED = "\\|{}@[]()<>#*_~"

# A tag's word has a letter, and is no protocol. After it comes no underscore, which would end the tag early.
_WORD = r"(?=\p{Nd}*+\p{L})(?!\w*+(?:\\_|://))\w++"
# What stands before a tag is X's rule, LinkedIn having published none: nothing that a word goes on after. Three
# characters that only show the one before them as an emoji are marks to Unicode, and no part of a word here.
_JOINING = r"\u200c\u200d\xb7\u05be\u05f3\u05f4\u0f0b\u0f0c\u3003\u301c\u309b\u309c\u30a0\u30fb\uff5e"
_WITHIN = rf"[[\w&#/\\@{_JOINING}]--[\ufe0e\ufe0f\u20e3]]"
# An address goes on to white space, or to a sign that is not of ASCII. Nothing in it is a tag.
_ADDRESS = r"(?<![\w.-])(?:\w++://|(?:[\w-]++\.)++[\w-]++(?=[/?]|:\d))[\x21-\x7e\p{L}\p{M}\p{N}]*+"
# In a text that is escaped as a whole. A tag may follow another after a slash.
_ADDRESS_OR_TAGS = regex.compile(rf"{_ADDRESS}|(?<!{_WITHIN})\\#(?P<tags>{_WORD}(?:/\\#{_WORD})*+)", regex.VERSION1)


def escape(text: str) -> str:
    r"""The text with a backslash before each reserved character, except the `#` of a hashtag.

    A hashtag is `#` and a word of letters and digits, at least one of them a letter, that does not go on with a word:
    it stands at the beginning, after white space, punctuation or an emoji (`#Python`, `(#100days)`, `tea—#garden`),
    or after another and a slash (`#tea/#garden`). Everything else is only a number sign: `#1`, `C#`, `##`, and all
    in an address, `https://example.com/#top`. So is `#snake_case`: the underscore has to be escaped and would end the
    tag early, linking to one that the writer never named. Mentions are not supported: `@` is always escaped.
    """
    for character in RESERVED:  # the backslash first
        text = text.replace(character, f"\\{character}")
    return _ADDRESS_OR_TAGS.sub(_with_tags, text) if "#" in text else text


def escaped_length(text: str, exact_up_to: int) -> int:
    """How many units of UTF-16 the escaped text has.

    If the text has more than `exact_up_to` before it is escaped, hashtags are not looked for: each `#` counts 2.
    """
    length = _units(text)
    return _units(escape(text)) if length <= exact_up_to else length + sum(map(text.count, RESERVED))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _with_tags(found: regex.Match[str]) -> str:
    return found[0].replace("\\#", "#") if found["tags"] else found[0]
