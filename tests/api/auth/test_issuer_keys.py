"""The issuer publishes its keys at a URL, changes them, and is away at times."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from structlog.testing import capture_logs

from perennial.api.auth._issuer_keys import COOLDOWN_SECONDS, FRESH_SECONDS, IssuerUnreachable, JwksKeys
from perennial.api.auth.bearer_tokens import Authenticator
from perennial.core.errors import PerennialError, SettingsError, Unauthenticated, UserError
from perennial.outbound.http_session import HttpSession

ISSUER = "https://clerk.example.com"
FIRST_KEY, SECOND_KEY, WEAK_KEY = (
    rsa.generate_private_key(public_exponent=65537, key_size=bits) for bits in (2048, 2048, 1024)
)


class Issuer:
    """A server on loopback that counts who asks. `answer` is what it publishes, once it is `released`."""

    def __init__(self) -> None:
        self.status, self.answer, self.user_agents = 200, jwks(one=FIRST_KEY), []
        self.answers = 0
        self.asked, self.released = threading.Event(), threading.Event()
        self.released.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/.well-known/jwks.json"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def requests(self) -> int:
        return len(self.user_agents)

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(issuer) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.user_agents.append(self.headers["User-Agent"])
                issuer.asked.set()
                issuer.released.wait(10)
                issuer.answers += 1
                self.send_response(issuer.status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()
                self.wfile.write(issuer.answer)

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        return Handler


class Clock:
    """Stands still until it is moved."""

    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def jwks(**keys) -> bytes:
    return published(
        *({**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid} for kid, key in keys.items())
    )


def published(*keys) -> bytes:
    return json.dumps({"keys": keys}).encode()


def bearer(kid: str | None, key=FIRST_KEY) -> str:
    at = int(time.time())
    claims = {"iss": ISSUER, "sub": "user_alice", "iat": at, "exp": at + 3600}
    return "Bearer " + jwt.encode(claims, key, "RS256", headers={"kid": kid} if kid else {})


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


async def test_a_token_that_names_no_key_is_refused(authenticator):
    with pytest.raises(Unauthenticated, match="not valid"):
        await authenticator.authenticate(bearer(None))


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


@pytest.mark.parametrize("status", [301, 403, 500])
async def test_an_issuer_out_of_reach_is_not_the_callers_fault(authenticator, issuer, status):
    issuer.status = status
    with pytest.raises(IssuerUnreachable) as unreachable:
        await authenticator.authenticate(bearer("one"))
    assert isinstance(unreachable.value, PerennialError)
    assert not isinstance(unreachable.value, UserError)


async def test_an_issuer_that_comes_back_is_asked_again_after_the_cooldown(authenticator, issuer, clock):
    issuer.status = 500
    for _ in range(3):
        with pytest.raises(IssuerUnreachable):
            await authenticator.authenticate(bearer("one"))
    assert issuer.requests == 1
    issuer.status = 200
    clock.seconds += COOLDOWN_SECONDS
    assert (await authenticator.authenticate(bearer("one"))).id == "user_alice"


async def test_an_issuer_that_does_not_answer_is_given_up(authenticator, issuer, monkeypatch):
    monkeypatch.setattr("perennial.api.auth._issuer_keys.FETCH_TIMEOUT_SECONDS", 0.01)
    issuer.released.clear()
    with capture_logs() as events, pytest.raises(IssuerUnreachable):
        await authenticator.authenticate(bearer("one"))
    assert events[0]["error"] == "TimeoutError()"  # ours for the whole, not the socket's for each read


JUNK = [b"", b"<html>", b"\xff", b"[]", b"{}", b'{"keys": []}', b'{"keys": {"a": 1}}', b'{"keys": [1]}', b"[" * 9999]


@pytest.mark.parametrize("answer", [*JUNK, published({"kty": "RSA", "kid": "one", "alg": []})])
async def test_an_answer_that_holds_no_keys_is_as_good_as_none(authenticator, issuer, clock, answer):
    await authenticator.authenticate(bearer("one"))
    issuer.answer = answer
    clock.seconds += FRESH_SECONDS
    assert (await authenticator.authenticate(bearer("one"))).id == "user_alice"
    with pytest.raises(IssuerUnreachable):
        await authenticator.authenticate(bearer("two"))


USELESS_KEYS = {
    "weak": RSAAlgorithm.to_jwk(WEAK_KEY.public_key(), as_dict=True),
    "private": RSAAlgorithm.to_jwk(FIRST_KEY, as_dict=True),
    "other algorithm": {**RSAAlgorithm.to_jwk(FIRST_KEY.public_key(), as_dict=True), "alg": "RS512"},
    "for encryption": {**RSAAlgorithm.to_jwk(FIRST_KEY.public_key(), as_dict=True), "use": "enc"},
    "elliptic": ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()).public_key(), as_dict=True),
    "secret": {"kty": "oct", "k": "c2VjcmV0"},
}


@pytest.mark.parametrize("key", USELESS_KEYS.values(), ids=USELESS_KEYS)
async def test_a_published_key_that_is_not_for_rs256_is_passed_over(authenticator, issuer, key):
    issuer.answer = published({**key, "kid": "useless"}, *json.loads(jwks(one=FIRST_KEY))["keys"])
    with pytest.raises(Unauthenticated, match="not valid"):
        await authenticator.authenticate(bearer("useless"))
    assert (await authenticator.authenticate(bearer("one"))).id == "user_alice"


async def test_the_log_says_why_the_issuer_is_away_and_nothing_of_the_token(authenticator, issuer):
    issuer.status, token = 503, bearer("one")
    with capture_logs() as events, pytest.raises(IssuerUnreachable) as unreachable:
        await authenticator.authenticate(token)
    (event,) = events
    assert event["event"] == "issuer.unreachable"
    assert "503" in event["error"]
    assert not any(part in f"{event} {unreachable.value}" for part in token.removeprefix("Bearer ").split("."))


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "clerk.example.com", "http://[", "ftp://clerk.example.com"])
def test_a_url_that_is_not_http_refuses_to_start(url, session):
    with pytest.raises(SettingsError, match="PERENNIAL_JWKS_URL"):
        JwksKeys(url, session)
