"""Validates the texts that a user gives for the platforms of a post, before anything is written."""

from collections.abc import Mapping, Sequence

from perennial.core.errors import InvalidInput
from perennial.core.states import Platform
from perennial.platforms.transport import Transport

FIELD = "publications"


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
        error = _error(text) or platforms[platform].text_error(text)
        if error:
            raise InvalidInput(f"{FIELD}.{place}.content", error)
        checked[platform] = text
    return checked


def _error(text: str) -> str | None:
    """Why no platform or database accepts this text; None where they may."""
    if not text.strip():
        return "A text cannot be empty."
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        return "The text has a character that is none: U+0000, or half of a surrogate pair."
    return None
