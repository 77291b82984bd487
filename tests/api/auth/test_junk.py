"""Whatever comes in, signed or not, is either let in or refused in our own words: nothing else is ever raised."""

import base64
import json
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import RSAAlgorithm

from perennial.api.auth._issuer_keys import PemKey
from perennial.api.auth.bearer_tokens import Authenticator
from perennial.core.errors import Unauthenticated

ISSUER = "https://clerk.example.com"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
AUTHENTICATORS = [
    Authenticator(ISSUER, PemKey(PEM)),
    Authenticator(ISSUER, PemKey(PEM), frozenset({"https://app.example.com"})),
]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
CLAIM_NAMES = st.sampled_from(["iss", "sub", "iat", "nbf", "exp", "jti", "azp", "sts", "aud"])
HEADER_NAMES = st.sampled_from(["alg", "kid", "crit", "b64", "typ", "jku"])


def signed(header: dict, payload: bytes) -> str:
    """A token whose signature is right, whatever it says."""
    message = f"{base64url(json.dumps(header).encode())}.{base64url(payload)}"
    return f"{message}.{base64url(RSAAlgorithm(RSAAlgorithm.SHA256).sign(message.encode(), KEY))}"


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


async def refusals_of(authorization) -> list[str]:
    """What each of the two authenticators says, if it does not let it pass."""
    refusals = []
    for authenticator in AUTHENTICATORS:
        try:
            await authenticator.authenticate(authorization)
        except Unauthenticated as refused:
            refusals.append(str(refused))
    return refusals


@given(text=st.text(min_size=20) | st.text(alphabet="eyJ.-_=0 ", min_size=20), prefix=st.sampled_from(["", "Bearer "]))
async def test_no_text_passes_or_is_quoted(text, prefix):
    refusals = await refusals_of(prefix + text)
    assert len(refusals) == 2
    assert not any(text in refusal for refusal in refusals)


@given(anything=JSON)
async def test_no_json_in_a_websockets_payload_passes(anything):
    assert len(await refusals_of(anything)) == 2


@given(changes=st.dictionaries(CLAIM_NAMES, JSON))
async def test_no_signed_claims_raise_anything_else(changes):
    at = int(time.time())
    claims = {"iss": ISSUER, "sub": "user_alice", "iat": at, "exp": at + 3600, **changes}
    assert len(await refusals_of("Bearer " + signed({"alg": "RS256"}, json.dumps(claims).encode()))) in {0, 1, 2}


@given(header=st.dictionaries(HEADER_NAMES, JSON), payload=st.binary() | JSON.map(lambda one: json.dumps(one).encode()))
async def test_no_signed_payload_without_claims_passes_under_any_header(header, payload):
    assert len(await refusals_of("Bearer " + signed({"alg": "RS256", **header}, payload))) == 2


@pytest.mark.parametrize("depth", [500, 2000])
async def test_deep_nesting_is_malformed(depth):
    token = signed({"alg": "RS256"}, b"[" * depth + b"]" * depth)
    assert await refusals_of(f"Bearer {token}") == ["The bearer token is malformed."] * 2


async def test_digits_without_end_are_malformed():
    token = signed({"alg": "RS256"}, b'{"exp": ' + b"9" * 5000 + b"}")
    assert await refusals_of(f"Bearer {token}") == ["The bearer token is malformed."] * 2
