"""What an issuer may publish as its keys, and which of them a token may be signed with."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from structlog.testing import capture_logs
from support.clock import StandingClock as Clock
from support.outbound.issuer import (
    FIRST_KEY,
    ISSUER,
    JUNK,
    SECOND_KEY,
    USELESS,
    Issuer,
    bearer,
    jwk_of,
    jwks,
    published,
)

from perennial.api.auth._issuer_keys import COOLDOWN_SECONDS, FRESH_SECONDS, KEYS_TRIED_MAX, JwksKeys
from perennial.api.auth.bearer_tokens import Authenticator
from perennial.core.errors import IssuerUnavailable, Unauthenticated
from perennial.outbound.http_session import HttpSession

NAMELESS = {"without a kid": {}, "kid null": {"kid": None}, "an empty kid": {"kid": ""}}


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    yield issuer
    issuer.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def authenticator(issuer: Issuer, clock: Clock) -> AsyncIterator[Authenticator]:
    async with HttpSession() as session:
        yield Authenticator(ISSUER, JwksKeys(issuer.url, session, clock))


async def is_accepted(authenticator: Authenticator, token: str) -> bool:
    try:
        return (await authenticator.authenticate(token)).id == "user_alice"
    except Unauthenticated:
        return False


@pytest.mark.parametrize("members", NAMELESS.values(), ids=NAMELESS)
@pytest.mark.parametrize("more", [{}, {"alg": "RS256", "use": "sig"}, {"key_ops": ["verify"]}])
async def test_a_single_key_needs_no_name(authenticator, issuer, members, more):
    issuer.answer = published(jwk_of(**members, **more))
    assert await is_accepted(authenticator, bearer())
    assert not await is_accepted(authenticator, bearer(key=SECOND_KEY))
    assert not await is_accepted(authenticator, bearer("one")), "a token names a key that is there, or none"
    assert issuer.requests == 1


async def test_a_token_that_names_no_key_may_be_signed_with_any(authenticator, issuer):
    for answer in (jwks(one=FIRST_KEY, two=SECOND_KEY), published(jwk_of(SECOND_KEY), jwk_of(FIRST_KEY))):
        issuer.answer = answer
        assert [await is_accepted(authenticator, bearer(key=key)) for key in (FIRST_KEY, SECOND_KEY)] == [True, True]


async def test_but_not_that_many_are_tried(authenticator, issuer):
    others = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2)] * KEYS_TRIED_MAX
    issuer.answer = published(*map(jwk_of, others[: KEYS_TRIED_MAX - 1]), jwk_of(FIRST_KEY), jwk_of(SECOND_KEY))
    assert await is_accepted(authenticator, bearer(key=FIRST_KEY))
    assert not await is_accepted(authenticator, bearer(key=SECOND_KEY))


async def test_two_keys_of_one_name_are_both_tried(authenticator, issuer):
    issuer.answer = published(jwk_of(SECOND_KEY, kid="one"), jwk_of(FIRST_KEY, kid="one"))
    assert [await is_accepted(authenticator, bearer("one", key)) for key in (FIRST_KEY, SECOND_KEY)] == [True, True]


@pytest.mark.parametrize("kid", ["one", None])
async def test_a_key_that_took_anothers_place_is_found_by_asking_once_more(authenticator, issuer, clock, kid):
    """Under the same name, or without any: the kept key is there, and does not verify."""
    issuer.answer = published(jwk_of(FIRST_KEY, kid=kid))
    assert await is_accepted(authenticator, bearer(kid))
    issuer.answer = published(jwk_of(SECOND_KEY, kid=kid))
    assert not await is_accepted(authenticator, bearer(kid, SECOND_KEY)), "it was asked just now"
    clock.seconds += COOLDOWN_SECONDS
    assert await is_accepted(authenticator, bearer(kid, SECOND_KEY))
    assert not await is_accepted(authenticator, bearer(kid, FIRST_KEY))
    assert issuer.requests == 2


async def test_forged_signatures_cannot_make_it_fetch_again_and_again(authenticator, issuer, clock):
    for number in range(20):
        clock.seconds += COOLDOWN_SECONDS / 10
        assert not await is_accepted(authenticator, bearer(("one", None)[number % 2], SECOND_KEY))
    assert issuer.requests == 2


@pytest.mark.parametrize("kid", ["useless", None])
@pytest.mark.parametrize("key", USELESS.values(), ids=USELESS)
async def test_a_key_that_signs_no_token_of_ours_is_passed_over(authenticator, issuer, key, kid):
    issuer.answer = published({**key, "kid": kid}, jwk_of(SECOND_KEY, kid="two"))
    assert await is_accepted(authenticator, bearer("two", SECOND_KEY))
    assert not await is_accepted(authenticator, bearer(kid))


@pytest.mark.parametrize("entry", JUNK.values(), ids=JUNK)
async def test_an_entry_that_is_no_key_does_not_spoil_the_others(authenticator, issuer, entry):
    issuer.answer = published(entry, jwk_of(kid="one"))
    with capture_logs() as events:
        assert await is_accepted(authenticator, bearer("one"))
    assert events == []


@pytest.mark.parametrize("key", USELESS.values(), ids=USELESS)
async def test_a_set_of_useless_keys_is_believed_and_logged_as_an_error(authenticator, issuer, clock, key):
    assert await is_accepted(authenticator, bearer("one"))
    issuer.answer = published(key)
    clock.seconds += FRESH_SECONDS
    with capture_logs() as events:
        assert not await is_accepted(authenticator, bearer("one"))
    [event] = events
    assert (event["event"], event["log_level"]) == ("issuer.unusable", "error")
    assert "RS256" in event["error"]
    assert {"PERENNIAL_JWKS_URL", "PERENNIAL_ISSUER"} <= set(event["advice"].replace("(", " ").split())


NOTHING = [[], [entry for entry in JUNK.values() if isinstance(entry, dict)]]


@pytest.mark.parametrize("entries", NOTHING, ids=["an empty set", "a set of junk"])
async def test_a_set_without_a_key_replaces_none_and_knows_no_other(authenticator, issuer, clock, entries):
    assert await is_accepted(authenticator, bearer("one"))
    issuer.answer = published(*entries)
    clock.seconds += FRESH_SECONDS
    with capture_logs() as events:
        assert await is_accepted(authenticator, bearer("one"))
        assert not await is_accepted(authenticator, bearer("two"))
    assert [event["event"] for event in events] == ["issuer.unusable"]


NO_SETS = {
    "nothing": b"",
    "a page": b"<html>We are moving</html>",
    "no text": b"\xff",
    "a list": b"[]",
    "an object": b"{}",
    "an object of keys": b'{"keys": {"a": 1}}',
    "a list of numbers": b'{"keys": [1, 2]}',
    "a deep one": b"[" * 99_999,
    "ten megabytes": json.dumps({"keys": [], "more": "a" * 10_000_000}).encode(),
}


@pytest.mark.parametrize("answer", NO_SETS.values(), ids=NO_SETS)
async def test_what_is_no_key_set_says_nothing_about_keys(authenticator, issuer, clock, answer):
    assert await is_accepted(authenticator, bearer("one"))
    issuer.answer = answer
    clock.seconds += FRESH_SECONDS
    with capture_logs() as events:
        for token in (bearer("two"), bearer(key=SECOND_KEY)):
            with pytest.raises(IssuerUnavailable):
                await authenticator.authenticate(token)
        assert await is_accepted(authenticator, bearer("one"))
        assert await is_accepted(authenticator, bearer())
    assert [(event["event"], event["log_level"]) for event in events] == [("issuer.unusable", "error")]


STATUSES = dict.fromkeys([204, 301, 307, 401, 403, 404, 410], "unusable")
STATUSES |= dict.fromkeys([408, 425, 429, 500, 502, 503, 504], "unreachable")


@pytest.mark.parametrize(("status", "kind"), STATUSES.items())
async def test_a_status_says_whether_it_passes_by_itself(authenticator, issuer, status, kind):
    issuer.status, issuer.answer = status, b""
    with capture_logs() as events, pytest.raises(IssuerUnavailable):
        await authenticator.authenticate(bearer("one"))
    [event] = events
    assert event["event"] == f"issuer.{kind}"
    assert str(status) in event["error"]


async def test_an_issuer_that_answers_byte_by_byte_is_given_up(authenticator, issuer, monkeypatch):
    monkeypatch.setattr("perennial.api.auth._issuer_keys.FETCH_TIMEOUT_SECONDS", 0.1)
    issuer.drips = True
    issuer.released.clear()
    with capture_logs() as events, pytest.raises(IssuerUnavailable):
        await authenticator.authenticate(bearer("one"))
    assert events[0]["error"] == "TimeoutError()"  # ours for the whole, not the socket's for each read


async def test_a_certificate_that_is_not_accepted_is_an_issuer_out_of_reach(tmp_path: Path):
    issuer = Issuer(tls_in=tmp_path)
    async with HttpSession() as session:
        with capture_logs() as events, pytest.raises(IssuerUnavailable):
            await Authenticator(ISSUER, JwksKeys(issuer.url, session)).authenticate(bearer("one"))
    assert events[0]["event"] == "issuer.unreachable"
    assert "CERTIFICATE_VERIFY_FAILED" in events[0]["error"]
    issuer.close()


REFUSED_ANYWAY = {
    "expired": (bearer("one", seconds=-30), "expired"),
    "of another issuer": (bearer("one", iss="https://mallory.example"), "not valid"),
}


@pytest.mark.parametrize("name", REFUSED_ANYWAY)
async def test_a_token_that_is_refused_whoever_signed_it_is_refused_while_the_issuer_is_away(
    authenticator, issuer, name
):
    """So its holder gets a new one, rather than asking again with the old."""
    issuer.status, (token, words) = 503, REFUSED_ANYWAY[name]
    with pytest.raises(Unauthenticated, match=words):
        await authenticator.authenticate(token)
