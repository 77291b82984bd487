"""The issuer's public keys, from a PEM in the settings or from the issuer's JWKS."""

import asyncio
import json
import re
import time
from collections.abc import Callable
from typing import Protocol, TypeGuard

import jwt
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from perennial.api.auth._token_refusals import NOT_VALID, unauthenticated
from perennial.core.errors import PerennialError, SettingsError, Unauthenticated
from perennial.observe.logs import get_logger
from perennial.outbound.http_session import HttpSession, Response
from perennial.settings.validators import HTTP, is_url

KEY_BITS_MIN = 2048  # RFC 7518, 3.3
FETCH_TIMEOUT_SECONDS, FRESH_SECONDS = 3, 300
JWKS_BYTES_MAX = 1_048_576
# Cloudflare, which is in front of Clerk, rejects the User-Agent of some libraries.
HEADERS = {"User-Agent": "perennial", "Accept": "application/json"}
COOLDOWN_SECONDS = 5  # invented key ids cause no fetch more often than this; a new key is found at most this late
PEM_SHAPE = re.compile(r"-----BEGIN ([A-Z ]+)-----(.+?)-----END \1-----", re.DOTALL)


log = get_logger(__name__)


class IssuerUnreachable(PerennialError):
    """The issuer's keys cannot be fetched now, so a token can be neither accepted nor rejected."""


class KeySource(Protocol):
    """A source of the issuer's keys. A token names its key, never a place: `jku` and `x5u` are ignored."""

    async def key_for(self, token: str) -> RSAPublicKey:
        """Returns the key that the token claims to be signed with. Raises Unauthenticated or IssuerUnreachable."""


class PemKey:
    """A single key, from a PEM public key or certificate whose newlines may be missing or written as \\n."""

    def __init__(self, pem: str) -> None:
        try:
            key = _load_pem(pem.replace("\\r", "").replace("\\n", ""))
        except (ValueError, UnsupportedAlgorithm):
            raise SettingsError("PERENNIAL_JWT_KEY is not a PEM public key or certificate") from None
        if not _is_strong_rsa(key):
            raise SettingsError(f"PERENNIAL_JWT_KEY is not an RSA key of {KEY_BITS_MIN} bits or more")
        self._key = key

    async def key_for(self, token: str) -> RSAPublicKey:  # noqa: ARG002 (one key verifies all tokens)
        """Returns the key, whichever one the token names."""
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
    """The issuer's published keys, fetched once for concurrent requests and served stale while it is unreachable."""

    def __init__(self, url: str, session: HttpSession, clock: Callable[[], float] = time.monotonic) -> None:
        if not is_url(url, *HTTP):
            raise SettingsError("PERENNIAL_JWKS_URL (else PERENNIAL_ISSUER) is not an http or https URL")
        self._url = url
        self._session = session
        self._clock = clock
        self._keys: dict[str, RSAPublicKey] = {}
        self._fresh_until = self._next_fetch = float("-inf")
        self._reachable = False
        self._fetching: asyncio.Task[None] | None = None

    async def key_for(self, token: str) -> RSAPublicKey:
        """Returns the published key that the token names. Raises Unauthenticated or IssuerUnreachable."""
        kid = _key_id(token)
        if kid not in self._keys or self._clock() >= self._fresh_until:
            self._fetch_if_due()
            # While the issuer is unreachable, a caller whose key is cached does not wait for it.
            if self._fetching and (kid not in self._keys or self._reachable):
                await asyncio.wait([self._fetching])  # a cancelled caller does not cancel it for the others
        if kid in self._keys:
            return self._keys[kid]
        raise Unauthenticated(NOT_VALID) if self._reachable else IssuerUnreachable("The issuer's keys cannot be had.")

    def _fetch_if_due(self) -> None:
        if (self._fetching is None or self._fetching.done()) and self._clock() >= self._next_fetch:
            self._fetching = asyncio.create_task(self._fetch())

    async def _fetch(self) -> None:
        try:
            async with asyncio.timeout(FETCH_TIMEOUT_SECONDS):
                response = await self._session.send("GET", self._url, JWKS_BYTES_MAX, headers=HEADERS)
                self._keys = await asyncio.to_thread(_read_keys, response)
            self._fresh_until, self._reachable = self._clock() + FRESH_SECONDS, True
        except Exception as error:  # a foreign response can be wrong in any way
            self._reachable = False
            log.warning("issuer.unreachable", error=repr(error))
        self._next_fetch = self._clock() + COOLDOWN_SECONDS


def _read_keys(response: Response) -> dict[str, RSAPublicKey]:
    """The keys for RS256 in the issuer's answer, by their ids. Raises whatever is wrong with a foreign answer."""
    if not 200 <= response.status < 300:
        raise IssuerUnreachable(f"It answered {response.status}.")
    published = jwt.PyJWKSet.from_dict(json.loads(response.body)).keys
    found = [one for one in published if one.public_key_use in ("sig", None) and one.key_id]
    if not found:
        raise IssuerUnreachable("It publishes no keys that sign.")
    return {str(one.key_id): one.key for one in found if one.algorithm_name == "RS256" and _is_strong_rsa(one.key)}


def _key_id(token: str) -> str:
    try:
        return str(jwt.get_unverified_header(token).get("kid"))
    except jwt.PyJWTError as error:
        raise unauthenticated(error) from None
