"""LinkedIn's "little text" format, in which reserved characters are escaped.

LinkedIn silently cuts a post at the first reserved character that is neither escaped nor part of an element.
"""

import re

RESERVED = "\\|{}@[]()<>#*_~"

# "#" after nothing, white space or an opening bracket, before a word that has a letter and no underscore.
HASHTAG = r"(?<![^\s(\[{])#(?=\d*[^\W\d_])(?!\w*_)"

_RESERVED_OR_HASHTAG = re.compile(rf"(?P<hashtag>{HASHTAG})|[{re.escape(RESERVED)}]")


def escape(text: str) -> str:
    r"""The text with a backslash before each reserved character, except the `#` of a hashtag.

    A hashtag is `#` and a word of letters and digits, at least one of them a letter, at the beginning, after white
    space or after an opening bracket: `#Python`, `(#100days)`. Any other `#` is a number sign: `#1`, `C#`, `##`,
    `page.html#top`. So is that of `#snake_case`: the underscore has to be escaped and would end the tag early, linking
    to one that the writer never named. Mentions are not supported: `@` is always escaped.
    """
    return _RESERVED_OR_HASHTAG.sub(lambda found: found[0] if found["hashtag"] else f"\\{found[0]}", text)
