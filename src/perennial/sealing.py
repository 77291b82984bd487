"""Tokens at rest: the first of our keys seals them, any of them opens them, so that keys can be rotated."""

from datetime import datetime
from typing import Any

from cryptography.fernet import InvalidToken, MultiFernet

from perennial.errors import NotSent
from perennial.platforms.base import Tokens


def sealed(cipher: MultiFernet, token: str) -> str:
    """The token as it is kept."""
    return cipher.encrypt(token.encode()).decode()


def opened(cipher: MultiFernet, token: str) -> str:
    """The token that was sealed. Raises NotSent where none of our keys opens it."""
    try:
        return cipher.decrypt(token.encode()).decode()
    except InvalidToken:
        raise NotSent("TOKEN_UNREADABLE", "The account's token cannot be decrypted with our keys.") from None


def sealed_tokens(cipher: MultiFernet, tokens: Tokens, now: datetime, kept: str | None = None) -> dict[str, Any]:
    """An account's columns for these tokens; `kept` is its refresh token, where the platform sends none anew."""
    return {
        "encrypted_access_token": sealed(cipher, tokens.access),
        "encrypted_refresh_token": sealed(cipher, tokens.refresh) if tokens.refresh else kept,
        "token_expires_at": now + tokens.expires_in if tokens.expires_in is not None else None,
    }


def resealed(cipher: MultiFernet, token: str) -> str | None:
    """The same token, sealed with the first key; None where none of our keys opens it."""
    try:
        return cipher.rotate(token.encode()).decode()
    except InvalidToken:
        return None
