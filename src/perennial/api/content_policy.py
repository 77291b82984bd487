"""Content security policies name inline scripts and styles by their hashes."""

from base64 import b64encode
from hashlib import sha256


def hash_source(text: str) -> str:
    """The source expression that allows an inline script or style of exactly this text."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
