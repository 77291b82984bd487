"""Tokens at rest: the first of our keys seals them, any of them opens them, so that keys can be rotated."""

from cryptography.fernet import InvalidToken, MultiFernet

from perennial.errors import NotSent


def sealed(cipher: MultiFernet, token: str) -> str:
    """The token as it is kept."""
    return cipher.encrypt(token.encode()).decode()


def opened(cipher: MultiFernet, token: str) -> str:
    """The token that was sealed. Raises NotSent where none of our keys opens it."""
    try:
        return cipher.decrypt(token.encode()).decode()
    except InvalidToken:
        raise NotSent("TOKEN_UNREADABLE", "The account's token cannot be decrypted with our keys.") from None
