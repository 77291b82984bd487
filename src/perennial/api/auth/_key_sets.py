"""Reads the issuer's answer: the keys that it publishes, or why the answer is of no use."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeGuard

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from perennial.core.errors import PerennialError
from perennial.outbound.http_session import Response

KEY_BITS_MIN = 2048  # RFC 7518, 3.3
JWKS_BYTES_MAX = 1_048_576
NOT_A_SET = "it answered something that is not a JSON Web Key Set"
# These pass by themselves: a time-out of the issuer's own, too early, too many requests; and every 5xx.
PASSING_STATUSES = {408, 425, 429}


class IssuerAway(PerennialError):
    """The issuer answered that it cannot answer now."""


class NoKeySet(PerennialError):
    """The issuer answered something that says nothing about its keys: somebody has to act."""


class IssuerKey(NamedTuple):
    """A published key that can verify our tokens, with its id; None where it has none."""

    kid: str | None
    key: RSAPublicKey


class KeySet(NamedTuple):
    """A key set as it was published: the keys for RS256, and whether there were others that we understand."""

    keys: tuple[IssuerKey, ...]
    has_others: bool


def read_key_set(response: Response) -> KeySet:
    """The issuer's keys, as RFC 7517 has them: what is not understood in a set is passed over.

    Raises IssuerAway if it cannot answer now, NoKeySet if its answer is no key set.
    """
    if response.status >= 500 or response.status in PASSING_STATUSES:
        raise IssuerAway(f"it answered {response.status}")
    if response.status != 200:
        hint = ", and redirects are not followed" if 300 <= response.status < 400 else ""
        raise NoKeySet(f"it answered {response.status}{hint}")
    if len(response.body) > JWKS_BYTES_MAX:
        raise NoKeySet(f"it answered more than {JWKS_BYTES_MAX:,} bytes")
    understood = [(entry, jwk) for entry in _entries(response.body) if (jwk := _understood(entry))]
    usable = [jwk for entry, jwk in understood if _is_usable(entry, jwk)]
    return KeySet(tuple(IssuerKey(_kid(jwk), jwk.key) for jwk in usable), len(usable) < len(understood))


def is_strong_rsa(key: object) -> TypeGuard[RSAPublicKey]:
    """Whether it is an RSA public key that is long enough."""
    return isinstance(key, RSAPublicKey) and key.key_size >= KEY_BITS_MIN


def _entries(body: bytes) -> Iterator[Mapping[str, Any]]:
    try:
        published = json.loads(body)
    except (ValueError, RecursionError):
        raise NoKeySet(NOT_A_SET) from None
    entries = published.get("keys") if isinstance(published, dict) else None
    if not isinstance(entries, list) or (entries and not any(isinstance(entry, dict) for entry in entries)):
        raise NoKeySet(NOT_A_SET)
    return (entry for entry in entries if isinstance(entry, dict))


def _understood(entry: Mapping[str, Any]) -> jwt.PyJWK | None:
    try:
        return jwt.PyJWK(dict(entry))
    except Exception:  # a foreign key can be wrong in any way (PyJWT lets TypeError and others pass)
        return None


def _is_usable(entry: Mapping[str, Any], jwk: jwt.PyJWK) -> bool:
    operations = entry.get("key_ops")  # a list, RFC 7517, 4.3
    may_verify = operations in (None, []) or (isinstance(operations, list) and "verify" in operations)
    for_signatures = entry.get("use") in ("sig", None)
    return may_verify and for_signatures and jwk.algorithm_name == "RS256" and is_strong_rsa(jwk.key)


def _kid(jwk: jwt.PyJWK) -> str | None:
    return None if jwk.key_id in (None, "") else str(jwk.key_id)
