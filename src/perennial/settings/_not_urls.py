"""Pure: what a text is that was meant as the URL of a store and does not begin as one. No sentence shows any of it."""

import re
from collections.abc import Iterable

Form = tuple[str, str]  # how such a text begins, as a regular expression without regard to case, and what to say

_COMMON: tuple[Form, ...] = (
    (r"(export\s+)?\w*UR[LI]\s*=", "begins with a variable's name: leave in only what comes after the ="),
    (r"\S*(psql|redis-cli|valkey-cli)\s", "is a command: leave in only the URL"),
)


def why_no_url(text: str, schemes: tuple[str, ...], forms: Iterable[Form] = ()) -> str | None:
    """What is wrong with how the text begins: the rest of a sentence; None if that is one of the schemes."""
    if text.lower().startswith(tuple(f"{one}://" for one in schemes)):
        return None
    for beginning, words in (*forms, *_COMMON):
        if re.match(beginning, text, re.IGNORECASE):
            return words
    has = "another scheme" if re.match(r"[a-z][\w+.-]*://", text, re.IGNORECASE) else "no scheme"
    *others, last = (f"{one}://" for one in schemes)
    return f"has {has}: it has to begin with {', '.join(others)} or {last}"
