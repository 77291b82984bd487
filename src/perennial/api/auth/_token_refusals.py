"""The error messages for a bearer token that is not accepted."""

import jwt

from perennial.core.errors import BEARER_EXPIRED, Unauthenticated

NO_TOKEN = "A bearer token is needed, in the header Authorization: Bearer <token>."  # noqa: S105 (a message)
MALFORMED = "The bearer token is malformed."
NOT_VALID = "The bearer token is not valid."


def unauthenticated(error: jwt.PyJWTError) -> Unauthenticated:
    """Turns PyJWT's error into Unauthenticated, without its message, which may quote the token."""
    if isinstance(error, jwt.ExpiredSignatureError):
        return Unauthenticated(BEARER_EXPIRED)
    if isinstance(error, jwt.DecodeError) and not isinstance(error, jwt.InvalidSignatureError):
        return Unauthenticated(MALFORMED)
    return Unauthenticated(NOT_VALID)
