"""Alice calls, with a token of her issuer. Mallory has keys of his own, and everything that is public."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from perennial.api.auth._issuer_keys import PemKey
from perennial.api.auth.bearer_tokens import TOKEN_LENGTH_MAX, Authenticator, Caller
from perennial.core.errors import Unauthenticated

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ISSUER = "https://clerk.example.com"
APP = "https://app.example.com"
ISSUERS_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ISSUERS_PEM = ISSUERS_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
MALLORYS_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def claims_of_alice(**changes) -> dict:
    """Alice's claims as Clerk would write them; a change to None takes a claim away."""
    issued = int(NOW.timestamp())
    claims = {"iss": ISSUER, "sub": "user_alice", "iat": issued, "nbf": issued, "exp": issued + 60, "jti": "1", "v": 2}
    return {name: value for name, value in {**claims, **changes}.items() if value is not None}


def signed(claims: dict, key=ISSUERS_KEY, **headers) -> str:
    """Signs whatever it is given, also what PyJWT's own encode would not."""
    return jwt.api_jws.encode(json.dumps(claims).encode(), key, algorithm="RS256", headers=headers)


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@pytest.fixture(autouse=True)
def _nine_o_clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


AUTHENTICATOR = Authenticator(ISSUER, PemKey(ISSUERS_PEM))
FOR_THE_APP = Authenticator(ISSUER, PemKey(ISSUERS_PEM), frozenset({APP}))


async def refusal_of(token: str, by: Authenticator = AUTHENTICATOR) -> str:
    with pytest.raises(Unauthenticated) as refused:
        await by.authenticate(f"Bearer {token}")
    assert refused.value.code == "UNAUTHENTICATED"
    assert token not in str(refused.value)
    return str(refused.value)


async def accepted(token: str, by: Authenticator = AUTHENTICATOR) -> Caller:
    return await by.authenticate(f"Bearer {token}")


async def test_alice_is_known_by_her_token_and_until_when_it_lasts():
    assert await accepted(signed(claims_of_alice())) == Caller("user_alice", NOW + timedelta(seconds=60))


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", " bEaReR  "])
async def test_the_scheme_is_read_without_regard_to_case(scheme):
    assert (await AUTHENTICATOR.authenticate(f"{scheme} {signed(claims_of_alice())} ")).id == "user_alice"


@pytest.mark.parametrize(
    ("authorization", "message"),
    [
        (None, "A bearer token is needed, in the header Authorization: Bearer <token>."),
        ("", "A bearer token is needed, in the header Authorization: Bearer <token>."),
        ("Bearer", "A bearer token is needed, in the header Authorization: Bearer <token>."),
        ("Bearer  ", "A bearer token is needed, in the header Authorization: Bearer <token>."),
        ("Basic YWxpY2U6c2VjcmV0", "The Authorization header does not carry a bearer token."),
        ("eyJh.eyJz.c2ln", "The Authorization header does not carry a bearer token."),
        ({"Bearer": "a.b.c"}, "The Authorization header does not carry a bearer token."),
        ("Bearer junk", "The bearer token is malformed."),
        ("Bearer a.b.c.d", "The bearer token is malformed."),
        ("Bearer eyJh.eyJz.c2ln", "The bearer token is malformed."),
        ("Bearer \ud800.b.c", "The bearer token is malformed."),
    ],
)
async def test_what_is_no_token_is_refused_by_its_cause(authorization, message):
    with pytest.raises(Unauthenticated) as refused:
        await AUTHENTICATOR.authenticate(authorization)
    assert str(refused.value) == message


async def test_a_token_longer_than_8_kb_is_refused_though_it_is_signed():
    token = signed(claims_of_alice(padding="x" * TOKEN_LENGTH_MAX))
    assert await refusal_of(token) == "The bearer token is malformed."


async def test_a_token_that_ran_out_4_seconds_ago_passes_and_one_of_6_seconds_ago_does_not():
    at = int(NOW.timestamp())
    assert (await accepted(signed(claims_of_alice(exp=at - 4)))).token_expires_at == NOW - timedelta(seconds=4)
    assert await refusal_of(signed(claims_of_alice(exp=at - 6))) == "The bearer token has expired."


@pytest.mark.parametrize("claim", ["iat", "nbf"])
async def test_a_token_of_the_future_is_refused_beyond_the_leeway(claim):
    at = int(NOW.timestamp())
    await accepted(signed(claims_of_alice(**{claim: at + 4})))
    assert await refusal_of(signed(claims_of_alice(**{claim: at + 6}))) == "The bearer token is not valid."


@pytest.mark.parametrize("claim", ["exp", "iat", "sub", "iss"])
async def test_a_token_without_a_required_claim_is_refused(claim):
    assert await refusal_of(signed(claims_of_alice(**{claim: None}))) == "The bearer token is not valid."


async def test_nbf_may_be_missing():
    await accepted(signed(claims_of_alice(nbf=None)))


@pytest.mark.parametrize("issuer", [f"{ISSUER}/", ISSUER.upper(), "https://clerk.example.org", "", [ISSUER], 1])
async def test_a_token_of_any_other_issuer_is_refused_even_if_only_a_slash_differs(issuer):
    assert await refusal_of(signed(claims_of_alice(iss=issuer))) == "The bearer token is not valid."


async def test_a_token_signed_with_mallorys_key_under_the_issuers_key_id_is_refused():
    token = signed(claims_of_alice(), MALLORYS_KEY, kid="ins_1")
    assert await refusal_of(token) == "The bearer token is not valid."


async def test_a_token_whose_claims_were_changed_is_refused():
    header, _, signature = signed(claims_of_alice()).split(".")
    claims = base64url(json.dumps(claims_of_alice(sub="user_bob")).encode())
    assert await refusal_of(f"{header}.{claims}.{signature}") == "The bearer token is not valid."


async def test_a_token_signed_with_hs256_and_the_public_key_is_refused():
    header, claims = base64url(b'{"alg":"HS256","typ":"JWT"}'), base64url(json.dumps(claims_of_alice()).encode())
    mac = hmac.digest(ISSUERS_PEM.encode(), f"{header}.{claims}".encode(), hashlib.sha256)
    assert await refusal_of(f"{header}.{claims}.{base64url(mac)}") == "The bearer token is not valid."


@pytest.mark.parametrize("signature", ["", "c2ln"])
@pytest.mark.parametrize("algorithm", ["none", "None", "", None, ["RS256"]])
async def test_an_unsigned_token_is_refused(algorithm, signature):
    header = base64url(json.dumps({"alg": algorithm}).encode())
    claims = base64url(json.dumps(claims_of_alice()).encode())
    await refusal_of(f"{header}.{claims}.{signature}")


async def test_another_rsa_algorithm_is_refused_though_the_key_is_right():
    assert await refusal_of(jwt.encode(claims_of_alice(), ISSUERS_KEY, "PS256")) == "The bearer token is not valid."
    assert await refusal_of(jwt.encode(claims_of_alice(), ISSUERS_KEY, "RS512")) == "The bearer token is not valid."


@pytest.mark.parametrize("audience", ["somebody-else", ["a", "b"], 1])
async def test_an_audience_is_not_looked_at(audience):
    await accepted(signed(claims_of_alice(aud=audience)))


async def test_headers_that_we_do_not_know_are_ignored_and_critical_ones_refused():
    await accepted(signed(claims_of_alice(), cat="cl_1", jku="http://127.0.0.1:9/keys", x5u="http://127.0.0.1:9/pem"))
    assert await refusal_of(signed(claims_of_alice(), crit=["exp"], exp=1)) == "The bearer token is not valid."


async def test_without_authorized_parties_azp_is_not_looked_at():
    await accepted(signed(claims_of_alice()))
    await accepted(signed(claims_of_alice(azp="https://mallory.example")))


async def test_with_authorized_parties_only_a_token_that_names_one_passes():
    await accepted(signed(claims_of_alice(azp=APP)), by=FOR_THE_APP)


@pytest.mark.parametrize("azp", [None, "", "https://mallory.example", f"{APP}/", [APP], {"a": APP}, 1])
async def test_with_authorized_parties_any_other_azp_or_none_is_refused(azp):
    assert await refusal_of(signed(claims_of_alice(azp=azp)), by=FOR_THE_APP) == "The bearer token is not valid."


async def test_a_pending_session_is_refused_and_an_active_one_passes():
    assert await refusal_of(signed(claims_of_alice(sts="pending"))) == "The bearer token is not valid."
    await accepted(signed(claims_of_alice(sts="active")))


@pytest.mark.parametrize("sub", ["", "a" * 256, "alice\n", "ali\x00ce", "alice\x7f", "\ud800", 7, ["user_alice"], {}])
async def test_a_subject_that_cannot_be_an_owners_id_is_refused(sub):
    assert await refusal_of(signed(claims_of_alice(sub=sub))) == "The bearer token is not valid."


@pytest.mark.parametrize("sub", ["a", "a" * 255, "auth0|alice", "Zoë", "alice smith"])
async def test_a_subject_is_answered_as_it_is(sub):
    assert (await accepted(signed(claims_of_alice(sub=sub)))).id == sub


@pytest.mark.parametrize("exp", [10**12, 10**400, float("inf"), float("nan"), "soon", [], {}, True])
async def test_an_expiry_that_is_no_time_is_refused(exp):
    await refusal_of(signed(claims_of_alice(exp=exp)))
