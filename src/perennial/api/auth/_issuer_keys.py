"""The issuer's public keys, from a PEM in the settings or from the issuer's JWKS."""

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from perennial.api.auth._key_sets import (
    JWKS_BYTES_MAX,
    KEY_BITS_MIN,
    IssuerKey,
    KeySet,
    NoKeySet,
    is_strong_rsa,
    read_key_set,
)
from perennial.core.errors import IssuerUnavailable, SettingsError
from perennial.observe.logs import get_logger
from perennial.outbound.http_session import HttpSession
from perennial.settings.validators import HTTP, is_url

FETCH_TIMEOUT_SECONDS, FRESH_SECONDS = 3, 300
# Cloudflare, which is in front of Clerk, rejects the User-Agent of some libraries.
HEADERS = {"User-Agent": "perennial", "Accept": "application/json"}
COOLDOWN_SECONDS = 5  # invented key ids cause no fetch more often than this; a new key is found at most this late
KEYS_TRIED_MAX = 10  # for one token; an issuer publishes two or three
PEM_SHAPE = re.compile(r"-----BEGIN ([A-Z ]+)-----(.+?)-----END \1-----", re.DOTALL)
ADVICE = (
    "PERENNIAL_JWKS_URL (not set: PERENNIAL_ISSUER and /.well-known/jwks.json) has to be the address at which the "
    "issuer publishes an RSA key for RS256"
)
NO_KEY = "it publishes no key for RS256 (RSA of 2,048 bits or more, for signatures)"

log = get_logger(__name__)


class KeySource(Protocol):
    """A source of the issuer's keys. A token names its key, never a place: `jku` and `x5u` are ignored."""

    async def keys_for(self, kid: str | None) -> Sequence[RSAPublicKey]:
        """The keys that a token with this `kid` may be signed with, a few at most; every key if it names none."""

    async def newer_keys_for(self, kid: str | None) -> Sequence[RSAPublicKey]:
        """The same, asked because none of the keys verified a token. Raises IssuerUnavailable if nobody can tell."""


class PemKey:
    """A single key, from a PEM public key or certificate whose newlines may be missing or written as \\n."""

    def __init__(self, pem: str) -> None:
        try:
            key = _load_pem(pem.replace("\\r", "").replace("\\n", ""))
        except (ValueError, UnsupportedAlgorithm):
            raise SettingsError("PERENNIAL_JWT_KEY is not a PEM public key or certificate") from None
        if not is_strong_rsa(key):
            raise SettingsError(f"PERENNIAL_JWT_KEY is not an RSA key of {KEY_BITS_MIN} bits or more")
        self._keys = (key,)

    async def keys_for(self, kid: str | None) -> Sequence[RSAPublicKey]:  # noqa: ARG002 (one key verifies all tokens)
        """The key, whichever one the token names."""
        return self._keys

    async def newer_keys_for(self, kid: str | None) -> Sequence[RSAPublicKey]:  # noqa: ARG002
        """The same key: there is no other."""
        return self._keys


def _load_pem(pem: str) -> object:
    found = PEM_SHAPE.search(pem)
    if found is None:
        raise ValueError("no PEM block")
    label, body = found[1], "".join(found[2].split())
    whole = f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n".encode()
    return x509.load_pem_x509_certificate(whole).public_key() if "CERT" in label else load_pem_public_key(whole)


class JwksKeys:
    """The issuer's published keys, fetched once for concurrent requests, and kept while it says nothing of them.

    An answer that is a key set is believed. Anything else (no answer, an error, a page of HTML) says nothing: known
    keys stay, and a token that none of them verified cannot be judged.
    """

    def __init__(self, url: str, session: HttpSession, clock: Callable[[], float] = time.monotonic) -> None:
        if not is_url(url, *HTTP):
            raise SettingsError("PERENNIAL_JWKS_URL (else PERENNIAL_ISSUER) is not an http or https URL")
        self._url = url
        self._session = session
        self._clock = clock
        self._keys: tuple[IssuerKey, ...] = ()
        self._fresh_until = self._next_fetch = float("-inf")
        self._answers = False  # whether the last answer was a key set
        self._fetching: asyncio.Task[None] | None = None

    async def keys_for(self, kid: str | None) -> Sequence[RSAPublicKey]:
        """The known keys for this `kid`, fetched first if they are old; () if none is known."""
        if self._clock() >= self._fresh_until:
            self._fetch_if_due()
            # While the issuer says nothing, a caller whose key is known does not wait for it.
            if self._fetching and (self._answers or not self._known(kid)):
                await asyncio.wait([self._fetching])  # a cancelled caller does not cancel it for the others
        return self._known(kid)

    async def newer_keys_for(self, kid: str | None) -> Sequence[RSAPublicKey]:
        """The keys after another fetch, if it is due. Raises IssuerUnavailable if the token's key may be another one.

        That of a token which names a known key cannot.
        """
        is_named = kid is not None and bool(self._known(kid))
        self._fetch_if_due()
        if self._fetching and (self._answers or not is_named):
            await asyncio.wait([self._fetching])
        if not self._answers and not is_named:
            raise IssuerUnavailable("Whether the bearer token is valid cannot be found out just now.")
        return self._known(kid)

    def _known(self, kid: str | None) -> Sequence[RSAPublicKey]:
        return [one.key for one in self._keys if kid is None or one.kid == kid][:KEYS_TRIED_MAX]

    def _fetch_if_due(self) -> None:
        if (self._fetching is None or self._fetching.done()) and self._clock() >= self._next_fetch:
            self._fetching = asyncio.create_task(self._fetch())

    async def _fetch(self) -> None:
        try:
            async with asyncio.timeout(FETCH_TIMEOUT_SECONDS):
                response = await self._session.send("GET", self._url, JWKS_BYTES_MAX, headers=HEADERS)
                found = await asyncio.to_thread(read_key_set, response)
            self._take(found)
        except NoKeySet as error:
            self._answers = False
            log.error("issuer.unusable", error=str(error), advice=ADVICE)
        except Exception as error:  # a foreign response can be wrong in any way
            self._answers = False
            log.warning("issuer.unreachable", error=repr(error), advice=ADVICE)
        self._next_fetch = self._clock() + COOLDOWN_SECONDS

    def _take(self, found: KeySet) -> None:
        """Believes a key set. One in which there is no key that we understand replaces none."""
        if found.keys or found.has_others:
            self._keys = found.keys
        if not found.keys:
            log.error("issuer.unusable", error=NO_KEY, advice=ADVICE)
        self._fresh_until, self._answers = self._clock() + FRESH_SECONDS, True
