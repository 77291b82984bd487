"""What holds for both platforms: what breaks on the way, and that no token is told."""

import logging

import pytest
from support.platform_stub import ALICE, NOON, TOKEN, Stub, failure, publish

from perennial.core.platform_errors import NotSent, OperatorFault, OutcomeUnknown, PlatformError, TokenRejected
from perennial.outbound.http_session import HttpSession
from perennial.platforms.linkedin.transport import LinkedIn
from perennial.platforms.transport import Transport
from perennial.platforms.x.transport import X

PLATFORMS = ["x", "linkedin"]
URN = "urn:li:share:7141"


def make(name: str, url: str, session: HttpSession) -> Transport:
    if name == "x":
        return X(session, url, "client", "client-secret")
    return LinkedIn(session, url, url, "202609", "client", "client-secret")


def accepted(stub: Stub) -> None:
    stub.answers(201, {"data": {"id": "1"}}, {"x-restli-id": URN})


@pytest.mark.parametrize("name", PLATFORMS)
async def test_an_answer_that_arrives_is_a_receipt(name: str, stub: Stub, session: HttpSession) -> None:
    accepted(stub)
    assert (await publish(make(name, stub.url, session))).remote_id in ("1", URN)


@pytest.mark.parametrize(
    ("status", "expected"),
    [(300, OutcomeUnknown), (303, OutcomeUnknown), (304, OutcomeUnknown)]
    + [(status, OperatorFault) for status in (301, 302, 307, 308)],
)
@pytest.mark.parametrize("name", PLATFORMS)
async def test_a_redirect_is_not_followed(
    name: str, status: int, expected: type[PlatformError], stub: Stub, session: HttpSession
) -> None:
    """After 303 the post may be out: it may be the way to what was made (RFC 9110, 15.4.4)."""
    stub.answers(status, headers={"Location": f"{stub.url}/elsewhere"})
    assert type(await failure(make(name, stub.url, session))) is expected
    assert len(stub.asked) == 1


@pytest.mark.parametrize("name", PLATFORMS)
async def test_where_another_answers_the_setting_is_named_and_of_the_redirect_the_host(
    name: str, stub: Stub, session: HttpSession
) -> None:
    transport = make(name, stub.url, session)
    stub.answers(302, headers={"Location": f"https://me:{TOKEN}@portal.example/login?back={TOKEN}"})
    refused = await failure(transport)
    assert isinstance(refused, OperatorFault)
    assert "302 (to portal.example)" in str(refused)
    assert f"PERENNIAL_{name.upper()}_API_URL" in refused.advice
    with pytest.raises(OperatorFault) as caught:
        await transport.refresh("r", NOON)
    assert ("PERENNIAL_X_API_URL" if name == "x" else "PERENNIAL_LINKEDIN_OAUTH_URL") in caught.value.advice


@pytest.mark.parametrize("location", ["", "/login", "https://[", "//", "https://\u00fc.example:99999999/", "a" * 5_000])
@pytest.mark.parametrize("name", PLATFORMS)
async def test_a_redirect_to_nowhere_is_one_too(name: str, location: str, stub: Stub, session: HttpSession) -> None:
    stub.answers(301, headers={"Location": location})
    assert isinstance(await failure(make(name, stub.url, session)), OperatorFault)


@pytest.mark.parametrize("breaks", ["dropped", "truncated", "garbled"])
@pytest.mark.parametrize("name", PLATFORMS)
async def test_an_answer_that_breaks_leaves_it_open(name: str, breaks: str, stub: Stub, session: HttpSession) -> None:
    accepted(stub)
    stub.breaks = breaks
    assert isinstance(await failure(make(name, stub.url, session)), OutcomeUnknown)
    with pytest.raises(OutcomeUnknown):
        await make(name, stub.url, session).refresh("r", NOON)
    assert len(stub.asked) == 2


@pytest.mark.parametrize("name", PLATFORMS)
async def test_silence_leaves_it_open(name: str, stub: Stub, hasty_session: HttpSession) -> None:
    stub.breaks = "silent"
    assert isinstance(await failure(make(name, stub.url, hasty_session)), OutcomeUnknown)


@pytest.mark.parametrize("name", PLATFORMS)
async def test_where_nobody_listens_nothing_was_sent(name: str, closed_url: str, session: HttpSession) -> None:
    error = await failure(make(name, closed_url, session))
    assert isinstance(error, NotSent)
    assert (error.code, error.costs_attempt, error.retry_at) == ("UNREACHABLE", True, None)
    with pytest.raises(NotSent):
        await make(name, closed_url, session).refresh("r", NOON)
    with pytest.raises(NotSent):
        await make(name, closed_url, session).identify(TOKEN)


@pytest.mark.parametrize("token", ["", " ", "two\r\nlines", "naïve", "\ud800", "tab\t"])
@pytest.mark.parametrize("name", PLATFORMS)
async def test_a_token_that_no_header_can_carry_is_not_sent(
    name: str, token: str, stub: Stub, session: HttpSession
) -> None:
    transport = make(name, stub.url, session)
    with pytest.raises(TokenRejected):
        await transport.publish(ALICE, token, "Hello", NOON)
    with pytest.raises(TokenRejected):
        await transport.identify(token)
    assert stub.asked == []


@pytest.mark.parametrize("name", PLATFORMS)
async def test_tokens_are_in_no_log_no_repr_and_no_error(
    name: str, stub: Stub, session: HttpSession, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    transport = make(name, stub.url, session)
    stub.answers(200, {"access_token": "new-secret", "refresh_token": "newer-secret"})
    tokens = await transport.refresh("old-secret", NOON)
    assert tokens.access == "new-secret"
    stub.answers(418, {"error": "no", "detail": TOKEN, "message": TOKEN, "error_description": "old-secret"})
    with pytest.raises(PlatformError) as caught:
        await transport.refresh("old-secret", NOON)
    refused = await failure(transport)
    assert "secret" not in f"{transport!r} {tokens!r} {caught.value!r} {refused!r} {caplog.text}"
