"""Encryption of tokens at rest: the first of our keys encrypts, any of them decrypts, so that keys can be rotated."""

from datetime import datetime
from typing import Any

from cryptography.fernet import InvalidToken, MultiFernet

from perennial.core.platform_errors import NotSent
from perennial.platforms.transport import Tokens


def encrypt(cipher: MultiFernet, token: str) -> str:
    """Encrypts the token with the first key, for its column."""
    return cipher.encrypt(token.encode()).decode()


def decrypt(cipher: MultiFernet, token: str) -> str:
    """Decrypts the token. Raises NotSent if none of our keys can."""
    try:
        return cipher.decrypt(token.encode()).decode()
    except InvalidToken:
        raise NotSent("TOKEN_UNREADABLE", "The account's token cannot be decrypted with our keys.") from None


def encrypt_tokens(cipher: MultiFernet, tokens: Tokens, now: datetime) -> dict[str, Any]:
    """The columns of an account for these tokens, without the refresh token's if there is none: the old one is kept."""
    columns = {
        "encrypted_access_token": encrypt(cipher, tokens.access),
        "token_expires_at": now + tokens.expires_in if tokens.expires_in is not None else None,
        "tokens_time": now,
    }
    return columns | ({"encrypted_refresh_token": encrypt(cipher, tokens.refresh)} if tokens.refresh else {})


def reencrypt_token(cipher: MultiFernet, token: str) -> str | None:
    """The encrypted token, encrypted with the first key instead; None if none of our keys can decrypt it."""
    try:
        return cipher.rotate(token.encode()).decode()
    except InvalidToken:
        return None
