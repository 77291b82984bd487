"""Tokens at rest: the first of our keys seals them, any of them opens them, so that keys can be rotated."""

from datetime import datetime
from typing import Any

from cryptography.fernet import InvalidToken, MultiFernet

from perennial.core.errors import NotSent
from perennial.platforms.transport import Tokens


def encrypted(cipher: MultiFernet, token: str) -> str:
    """The token as it is kept."""
    return cipher.encrypt(token.encode()).decode()


def decrypted(cipher: MultiFernet, token: str) -> str:
    """The token that was sealed. Raises NotSent where none of our keys opens it."""
    try:
        return cipher.decrypt(token.encode()).decode()
    except InvalidToken:
        raise NotSent("TOKEN_UNREADABLE", "The account's token cannot be decrypted with our keys.") from None


def encrypted_tokens(cipher: MultiFernet, tokens: Tokens, now: datetime) -> dict[str, Any]:
    """An account's columns for these tokens; not the refresh token's where there is none, for it is kept then."""
    columns = {
        "encrypted_access_token": encrypted(cipher, tokens.access),
        "token_expires_at": now + tokens.expires_in if tokens.expires_in is not None else None,
    }
    return columns | ({"encrypted_refresh_token": encrypted(cipher, tokens.refresh)} if tokens.refresh else {})


def reencrypted(cipher: MultiFernet, token: str) -> str | None:
    """The same token, sealed with the first key; None where none of our keys opens it."""
    try:
        return cipher.rotate(token.encode()).decode()
    except InvalidToken:
        return None
