"""Authenticates callers by bearer tokens, which are verified anew for every request and never stored."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from perennial.api.auth._issuer_keys import JwksKeys, KeySource, PemKey
from perennial.api.auth._token_refusals import MALFORMED, NO_TOKEN, NOT_VALID, unauthenticated
from perennial.core.errors import IssuerUnavailable, Unauthenticated
from perennial.outbound.http_session import HttpSession
from perennial.settings import Settings

LEEWAY_SECONDS = 5  # for clocks that differ; Clerk's own SDKs allow as much
TOKEN_LENGTH_MAX = 8 * 1024  # characters
ALGORITHM = "RS256"
# All named, because PyJWT skips them with the signature.
CLAIM_CHECKS = {f"verify_{name}": True for name in ("exp", "nbf", "iat", "iss", "sub", "jti")} | {"verify_aud": False}
JWT_SHAPE = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller: the token's `sub`, and its `exp` without the leeway."""

    id: str
    token_expires_at: datetime


class Authenticator:
    """Accepts the RS256 tokens of exactly one issuer."""

    def __init__(self, issuer: str, keys: KeySource, authorized_parties: frozenset[str] = frozenset()) -> None:
        self._issuer = issuer
        self._keys = keys
        self._parties = tuple(authorized_parties)  # not a set: `azp` may be a value that has no hash

    async def authenticate(self, authorization: str | None) -> Caller:
        """Returns the owner named by an Authorization header. Raises only Unauthenticated or IssuerUnavailable."""
        claims = await self._verified_claims(_bearer_token(authorization))
        if not self._is_for_us(claims) or not is_owner_id(claims["sub"]):
            raise Unauthenticated(NOT_VALID)
        return Caller(claims["sub"], _expiry(claims))

    async def _verified_claims(self, token: str) -> dict[str, Any]:
        """The claims of a token that is signed with one of the issuer's keys, which may have changed since we asked."""
        kid = _key_id(token)
        known = await self._keys.keys_for(kid)
        claims = self._claims_by(known, token)
        if claims is None:
            try:
                newer = await self._keys.newer_keys_for(kid)
            except IssuerUnavailable:
                self._claims(token, None)  # one that has expired, say, is refused whoever signed it
                raise
            claims = self._claims_by((key for key in newer if key not in known), token)
        if claims is None:
            raise Unauthenticated(NOT_VALID)
        return claims

    def _claims_by(self, keys: Iterable[RSAPublicKey], token: str) -> dict[str, Any] | None:
        """The claims, by the first key that verifies the token; None if none does."""
        for key in keys:
            try:
                return self._claims(token, key)
            except jwt.InvalidSignatureError:
                continue
        return None

    def _claims(self, token: str, key: RSAPublicKey | None) -> dict[str, Any]:
        """The token's claims; without a key the signature is not looked at. Raises InvalidSignatureError."""
        # Clerk's tokens have an `aud` only where a template adds one, for any audience: `iss` and `azp` tie them to us.
        options: Any = {**CLAIM_CHECKS, "require": ["exp", "iat", "sub", "iss"], "verify_signature": key is not None}
        try:
            return jwt.decode(token, key or "", [ALGORITHM], options, issuer=self._issuer, leeway=LEEWAY_SECONDS)
        except jwt.InvalidSignatureError:
            raise
        except jwt.PyJWTError as error:
            raise unauthenticated(error) from None

    def _is_for_us(self, claims: dict[str, Any]) -> bool:
        known_party = not self._parties or claims.get("azp") in self._parties
        return known_party and claims.get("sts") != "pending"  # pending: signed in, with a required step still to do


def is_owner_id(sub: object) -> bool:
    """Whether the value can be an owner's id: 1 to 255 printable characters (no newline, no lone surrogate)."""
    return isinstance(sub, str) and 0 < len(sub) <= 255 and sub.isprintable()


def _bearer_token(authorization: object) -> str:
    """Returns the header's token. On a WebSocket the value is from a payload, and can be any JSON."""
    if not authorization:
        raise Unauthenticated(NO_TOKEN)
    scheme, _, token = authorization.strip().partition(" ") if isinstance(authorization, str) else ("", "", "")
    if scheme.lower() != "bearer":
        raise Unauthenticated("The Authorization header does not carry a bearer token.")
    if not (token := token.strip()):
        raise Unauthenticated(NO_TOKEN)
    if len(token) > TOKEN_LENGTH_MAX or not JWT_SHAPE.fullmatch(token):
        raise Unauthenticated(MALFORMED)
    return token


def _key_id(token: str) -> str | None:
    """The `kid` of the token's header, None if it has none. Raises Unauthenticated if it is not signed as ours are."""
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        raise unauthenticated(error) from None
    if header.get("alg") != ALGORITHM:
        raise Unauthenticated(NOT_VALID)
    return header.get("kid") or None


def _expiry(claims: dict[str, Any]) -> datetime:
    try:
        return datetime.fromtimestamp(int(claims["exp"]), UTC)
    except (OverflowError, ValueError, OSError):  # after the year 9999
        raise Unauthenticated(NOT_VALID) from None


def authenticator(settings: Settings, session: HttpSession) -> Authenticator:
    """The authenticator that these settings describe. It fetches the issuer's keys through the session."""
    issuer = settings.issuer or ""
    keys: KeySource
    if settings.jwt_key:
        keys = PemKey(settings.jwt_key)
    else:
        keys = JwksKeys(settings.jwks_url or f"{issuer.rstrip('/')}/.well-known/jwks.json", session)
    return Authenticator(issuer, keys, frozenset(settings.authorized_parties))


def check_key(settings: Settings) -> None:
    """Raises SettingsError if the issuer's key is in the settings and is none."""
    if settings.jwt_key:
        PemKey(settings.jwt_key)
