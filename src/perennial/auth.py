"""Bearer token → owner. Tokens are checked at the edge, for every request anew, and never kept."""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, TypeGuard

import jwt
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from perennial.errors import EXPIRED, PerennialError, SettingsError, Unauthenticated
from perennial.logs import get_logger

LEEWAY_SECONDS = 5  # clocks differ; Clerk's own SDKs allow as much
TOKEN_LENGTH_MAX = 8 * 1024
KEY_BITS_MIN = 2048  # RFC 7518, 3.3
FETCH_TIMEOUT_SECONDS, FRESH_SECONDS = 3, 300
COOLDOWN_SECONDS = 5  # made-up key ids cannot make us fetch more often; a new key is found at most this late

NO_TOKEN = "A bearer token is needed, in the header Authorization: Bearer <token>."  # noqa: S105 (a message)
MALFORMED = "The bearer token is malformed."
NOT_VALID = "The bearer token is not valid."

JWT_SHAPE = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
PEM_SHAPE = re.compile(r"-----BEGIN ([A-Z ]+)-----(.+?)-----END \1-----", re.DOTALL)

log = get_logger(__name__)


class IssuerUnreachable(PerennialError):
    """The issuer's keys cannot be had now, so a token can be neither accepted nor called bad."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who calls, and until when the token says so: its `exp` itself, without the leeway."""

    id: str
    token_expires_at: datetime


class KeySource(Protocol):
    """Where the issuer's keys are. A token names its key, never a place: `jku` and `x5u` are not looked at."""

    async def key_for(self, token: str) -> RSAPublicKey:
        """The key the token claims to be signed with. Raises Unauthenticated or IssuerUnreachable."""


class Authenticator:
    """Accepts the RS256 tokens of exactly one issuer."""

    def __init__(self, issuer: str, keys: KeySource, authorized_parties: frozenset[str] = frozenset()) -> None:
        self._issuer = issuer
        self._keys = keys
        self._parties = tuple(authorized_parties)  # not a set: `azp` may be something that has no hash

    async def authenticate(self, authorization: str | None) -> Owner:
        """Whom an Authorization header speaks for. Raises Unauthenticated or IssuerUnreachable, nothing else."""
        token = _bearer_token(authorization)
        claims = self._verified_claims(token, await self._keys.key_for(token))
        if not self._is_for_us(claims) or not is_owner_id(claims["sub"]):
            raise Unauthenticated(NOT_VALID)
        return Owner(claims["sub"], _expiry(claims))

    def _verified_claims(self, token: str, key: RSAPublicKey) -> dict[str, Any]:
        # Clerk's tokens have an `aud` only where a template adds one, for whomever: `iss` and `azp` tie a token to us.
        options: Any = {"require": ["exp", "iat", "sub", "iss"], "verify_aud": False}
        try:
            return jwt.decode(token, key, ["RS256"], options, issuer=self._issuer, leeway=LEEWAY_SECONDS)
        except jwt.PyJWTError as error:
            raise _refusal(error) from None

    def _is_for_us(self, claims: dict[str, Any]) -> bool:
        known_party = not self._parties or claims.get("azp") in self._parties
        return known_party and claims.get("sts") != "pending"  # pending: signed in, but with something left to do


def is_owner_id(sub: object) -> bool:
    """Whether it can be an owner's id: what cannot be printed (a newline, half a surrogate) cannot be one."""
    return isinstance(sub, str) and 0 < len(sub) <= 255 and sub.isprintable()


def _bearer_token(authorization: object) -> str:
    """Takes an object, because a WebSocket's payload can hold any JSON under that name."""
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


def _refusal(error: jwt.PyJWTError) -> Unauthenticated:
    """In our words: the library's may quote the token."""
    if isinstance(error, jwt.ExpiredSignatureError):
        return Unauthenticated(EXPIRED)
    if isinstance(error, jwt.DecodeError) and not isinstance(error, jwt.InvalidSignatureError):
        return Unauthenticated(MALFORMED)
    return Unauthenticated(NOT_VALID)


def _expiry(claims: dict[str, Any]) -> datetime:
    try:
        return datetime.fromtimestamp(int(claims["exp"]), UTC)
    except (OverflowError, ValueError, OSError):  # beyond the year 9999
        raise Unauthenticated(NOT_VALID) from None


class PemKey:
    """One key, from a PEM public key or certificate. Its newlines may be lost, or written as \\n."""

    def __init__(self, pem: str) -> None:
        try:
            key = _load_pem(pem.replace("\\r", "").replace("\\n", ""))
        except (ValueError, UnsupportedAlgorithm):
            raise SettingsError("PERENNIAL_JWT_KEY is not a PEM public key or certificate") from None
        if not _is_strong_rsa(key):
            raise SettingsError(f"PERENNIAL_JWT_KEY is not an RSA key of {KEY_BITS_MIN} bits or more")
        self._key = key

    async def key_for(self, token: str) -> RSAPublicKey:  # noqa: ARG002 (there is one key for all)
        """The key, whatever the token says."""
        return self._key


def _load_pem(pem: str) -> object:
    found = PEM_SHAPE.search(pem)
    if found is None:
        raise ValueError("no PEM block")
    label, body = found[1], "".join(found[2].split())
    whole = f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n".encode()
    return x509.load_pem_x509_certificate(whole).public_key() if "CERT" in label else load_pem_public_key(whole)


def _is_strong_rsa(key: object) -> TypeGuard[RSAPublicKey]:
    return isinstance(key, RSAPublicKey) and key.key_size >= KEY_BITS_MIN


class JwksKeys:
    """The keys the issuer publishes: fetched once for all who wait, kept, and served stale while it is away."""

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        # Cloudflare, which stands before Clerk, turns urllib's own User-Agent away.
        headers = {"User-Agent": "perennial", "Accept": "application/json"}
        try:
            self._client = jwt.PyJWKClient(url, cache_jwk_set=False, headers=headers, timeout=FETCH_TIMEOUT_SECONDS)
        except (jwt.PyJWKClientError, ValueError):
            raise SettingsError("PERENNIAL_JWKS_URL (else PERENNIAL_ISSUER) is not an http or https URL") from None
        self._clock = clock
        self._keys: dict[str, RSAPublicKey] = {}
        self._fresh_until = self._next_fetch = float("-inf")
        self._reachable = False
        self._fetching: asyncio.Task[None] | None = None

    async def key_for(self, token: str) -> RSAPublicKey:
        """The published key that the token names."""
        kid = _key_id(token)
        if kid not in self._keys or self._clock() >= self._fresh_until:
            self._fetch_if_due()
            # While the issuer is away, nobody whose key is known waits for it.
            if self._fetching and (kid not in self._keys or self._reachable):
                await asyncio.wait([self._fetching])  # who leaves here does not cancel it for the others
        if kid in self._keys:
            return self._keys[kid]
        raise Unauthenticated(NOT_VALID) if self._reachable else IssuerUnreachable("The issuer's keys cannot be had.")

    def _fetch_if_due(self) -> None:
        if (self._fetching is None or self._fetching.done()) and self._clock() >= self._next_fetch:
            self._fetching = asyncio.create_task(self._fetch())

    async def _fetch(self) -> None:
        try:
            async with asyncio.timeout(FETCH_TIMEOUT_SECONDS):  # the client's own is for each read from the socket
                self._keys = await asyncio.to_thread(self._download)
            self._fresh_until, self._reachable = self._clock() + FRESH_SECONDS, True
        except Exception as error:  # an answer from outside can be wrong in every way
            self._reachable = False
            log.warning("issuer.unreachable", error=repr(error))
        self._next_fetch = self._clock() + COOLDOWN_SECONDS

    def _download(self) -> dict[str, RSAPublicKey]:
        found = self._client.get_signing_keys(refresh=True)
        return {str(one.key_id): one.key for one in found if one.algorithm_name == "RS256" and _is_strong_rsa(one.key)}


def _key_id(token: str) -> str:
    try:
        return str(jwt.get_unverified_header(token).get("kid"))
    except jwt.PyJWTError as error:
        raise _refusal(error) from None
