"""Validates the texts that a user gives for the platforms of a post, before anything is written."""

import re
from collections.abc import Mapping, Sequence

from perennial.core.errors import InvalidInput
from perennial.core.states import Platform
from perennial.core.texts import is_invisible
from perennial.platforms.transport import Transport

FIELD = "publications"

# Platforms take tabs and line ends, and what they make of the other control characters nobody says.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_HALF_OF_A_PAIR = re.compile("[\ud800-\udfff]")


def checked_texts(
    texts: Sequence[tuple[Platform, str]], platforms: Mapping[Platform, Transport]
) -> dict[Platform, str]:
    """The texts by platform. Raises InvalidInput, which names the wrong field: `publications.0.content`."""
    if not texts:
        raise InvalidInput(FIELD, "A post needs a text for at least one platform.")
    checked: dict[Platform, str] = {}
    for place, (platform, text) in enumerate(texts):
        if platform in checked:
            raise InvalidInput(f"{FIELD}.{place}.platform", f"{platform.name} has two texts.")
        # The length first, so that nothing looks at each character of a text that is far too long.
        error = platforms[platform].text_error(text) or _error(text)
        if error:
            raise InvalidInput(f"{FIELD}.{place}.content", error)
        checked[platform] = text
    return checked


def _error(text: str) -> str | None:
    """Why no platform or database accepts this text; None where they may."""
    if is_invisible(text):
        return "A text cannot be empty: it needs a character that can be seen."
    if text.isprintable():
        return None
    if found := _CONTROL.search(text):
        return f"The text has the control character {_name(found[0])}; only tabs and line ends may be in it."
    if found := _HALF_OF_A_PAIR.search(text):
        return f"The text has {_name(found[0])}, half of a surrogate pair, which is no character."
    return None


def _name(character: str) -> str:
    return f"U+{ord(character):04X}"
