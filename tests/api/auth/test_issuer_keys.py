"""The issuer publishes its keys at a URL, changes them, and is away at times."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from structlog.testing import capture_logs
from support.clock import StandingClock as Clock
from support.outbound.issuer import FIRST_KEY, ISSUER, SECOND_KEY, Issuer, bearer, jwks

from perennial.api.auth._issuer_keys import COOLDOWN_SECONDS, FRESH_SECONDS, JwksKeys
from perennial.api.auth.bearer_tokens import Authenticator
from perennial.core.errors import IssuerUnavailable, SettingsError, Unauthenticated
from perennial.outbound.http_session import HttpSession


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    yield issuer
    issuer.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def session() -> AsyncIterator[HttpSession]:
    async with HttpSession() as session:
        yield session


@pytest.fixture
def authenticator(issuer, session, clock) -> Authenticator:
    return Authenticator(ISSUER, JwksKeys(issuer.url, session, clock))


async def test_a_key_is_fetched_once_and_kept(authenticator, issuer):
    for _ in range(3):
        assert (await authenticator.authenticate(bearer("one"))).id == "user_alice"
    assert issuer.requests == 1


async def test_the_fetch_does_not_call_itself_urllib_which_cloudflare_turns_away(authenticator, issuer):
    await authenticator.authenticate(bearer("one"))
    assert issuer.user_agents == ["perennial"]


async def test_a_burst_fetches_once(authenticator, issuer):
    issuer.released.clear()
    burst = [asyncio.create_task(authenticator.authenticate(bearer("one"))) for _ in range(50)]
    await asyncio.to_thread(issuer.asked.wait, 10)
    issuer.released.set()
    assert {owner.id for owner in await asyncio.gather(*burst)} == {"user_alice"}
    assert issuer.requests == 1


async def test_a_caller_who_leaves_does_not_take_the_fetch_away_from_the_others(authenticator, issuer):
    issuer.released.clear()
    leaving, staying = (asyncio.create_task(authenticator.authenticate(bearer("one"))) for _ in range(2))
    await asyncio.to_thread(issuer.asked.wait, 10)
    leaving.cancel()
    await asyncio.wait([leaving])
    issuer.released.set()
    assert (await staying).id == "user_alice"
    assert issuer.requests == 1


async def test_a_new_key_is_found_without_a_restart(authenticator, issuer, clock):
    await authenticator.authenticate(bearer("one"))
    issuer.answer = jwks(one=FIRST_KEY, two=SECOND_KEY)
    clock.seconds += COOLDOWN_SECONDS
    assert (await authenticator.authenticate(bearer("two", SECOND_KEY))).id == "user_alice"
    assert (await authenticator.authenticate(bearer("one"))).id == "user_alice"
    assert issuer.requests == 2


async def test_a_key_withdrawn_by_the_issuer_is_refused_once_the_kept_ones_are_old(authenticator, issuer, clock):
    await authenticator.authenticate(bearer("one"))
    issuer.answer = jwks(two=SECOND_KEY)
    clock.seconds += FRESH_SECONDS
    with pytest.raises(Unauthenticated, match="not valid"):
        await authenticator.authenticate(bearer("one"))


async def test_made_up_key_ids_cannot_make_it_fetch_again_and_again(authenticator, issuer):
    for number in range(20):
        with pytest.raises(Unauthenticated, match="not valid"):
            await authenticator.authenticate(bearer(f"made-up-{number}"))
    assert issuer.requests == 1


async def test_mallorys_key_under_the_issuers_key_id_is_refused(authenticator):
    with pytest.raises(Unauthenticated, match="not valid"):
        await authenticator.authenticate(bearer("one", SECOND_KEY))


async def test_a_malformed_token_fetches_nothing(authenticator, issuer):
    with pytest.raises(Unauthenticated, match="malformed"):
        await authenticator.authenticate("Bearer eyJh.eyJz.c2ln")
    assert issuer.requests == 0


async def test_while_the_issuer_is_away_old_keys_serve(authenticator, issuer, clock):
    await authenticator.authenticate(bearer("one"))
    issuer.close()
    for _ in range(3):
        clock.seconds += FRESH_SECONDS
        assert (await authenticator.authenticate(bearer("one"))).id == "user_alice"


async def test_while_the_issuer_is_away_nobody_with_a_known_key_waits_for_it(issuer, session, clock, monkeypatch):
    monkeypatch.setattr("perennial.api.auth._issuer_keys.FETCH_TIMEOUT_SECONDS", 60)  # who waits, waits for the answer
    authenticator = Authenticator(ISSUER, JwksKeys(issuer.url, session, clock))
    await authenticator.authenticate(bearer("one"))
    issuer.status = 503
    clock.seconds += FRESH_SECONDS
    await authenticator.authenticate(bearer("one"))
    issuer.released.clear()
    clock.seconds += COOLDOWN_SECONDS
    assert (await authenticator.authenticate(bearer("one"))).id == "user_alice"
    assert issuer.answers == 2


async def test_an_issuer_that_comes_back_is_asked_again_after_the_cooldown(authenticator, issuer, clock):
    issuer.status = 500
    for _ in range(3):
        with pytest.raises(IssuerUnavailable):
            await authenticator.authenticate(bearer("one"))
    assert issuer.requests == 1
    issuer.status = 200
    clock.seconds += COOLDOWN_SECONDS
    assert (await authenticator.authenticate(bearer("one"))).id == "user_alice"


async def test_the_log_says_why_the_issuer_is_away_and_nothing_of_the_token(authenticator, issuer):
    issuer.status, token = 503, bearer("one")
    with capture_logs() as events, pytest.raises(IssuerUnavailable) as unreachable:
        await authenticator.authenticate(token)
    (event,) = events
    assert event["event"] == "issuer.unreachable"
    assert "503" in event["error"]
    assert not any(part in f"{event} {unreachable.value}" for part in token.removeprefix("Bearer ").split("."))


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "clerk.example.com", "http://[", "ftp://clerk.example.com"])
def test_a_url_that_is_not_http_refuses_to_start(url, session):
    with pytest.raises(SettingsError, match="PERENNIAL_JWKS_URL"):
        JwksKeys(url, session)
