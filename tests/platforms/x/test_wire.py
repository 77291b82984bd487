"""X's wire, against a stub on a real socket."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from support.platform_stub import NOON, TOKEN, Stub, failure, publish

from perennial.core.platform_errors import NotSent, OperatorFault, OutcomeUnknown, Refused, TokenRejected
from perennial.outbound.http_session import HttpSession
from perennial.platforms.transport import Identity, Receipt
from perennial.platforms.x.transport import X

PROBLEM = "https://api.x.com/2/problems/"
CREATED = {"data": {"id": "1890000000000000001", "text": "Hello"}}


def make_x(stub: Stub, session: HttpSession) -> X:
    return X(session, stub.url, "xc", "xs")


def problem(status: int, detail: str, kind: str = "about:blank", title: str = "Forbidden") -> dict[str, Any]:
    return {"title": title, "detail": detail, "type": kind, "status": status}


def epoch(time: datetime) -> str:
    return str(int(time.timestamp()))


async def test_a_post_goes_out_once_and_brings_its_receipt(stub: Stub, session: HttpSession) -> None:
    stub.answers(201, CREATED)
    receipt = await publish(make_x(stub, session))
    assert receipt == Receipt("1890000000000000001", "https://x.com/alice/status/1890000000000000001")
    [asked] = stub.asked
    assert (asked.method, asked.path, asked.json) == ("POST", "/2/tweets", {"text": "Hello"})
    assert asked.headers["Authorization"] == f"Bearer {TOKEN}"
    assert asked.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("root", ["/sandbox/x", "/sandbox/x/"])
async def test_the_root_may_have_a_path(stub: Stub, session: HttpSession, root: str) -> None:
    stub.answers(201, CREATED)
    await publish(X(session, stub.url + root, None, None))
    assert stub.asked[0].path == "/sandbox/x/2/tweets"


@pytest.mark.parametrize("handle", [None, "", "not/a/handle"])
async def test_without_a_handle_the_url_names_none(stub: Stub, session: HttpSession, handle: str | None) -> None:
    stub.answers(201, CREATED)
    receipt = await publish(make_x(stub, session), Identity("1", handle))
    assert receipt.url == "https://x.com/i/web/status/1890000000000000001"


REFUSALS = [
    (403, problem(403, "You are not allowed to create a Tweet with duplicate content."), "DUPLICATE_CONTENT"),
    (403, problem(403, "You are not permitted to perform this action."), "REFUSED"),
    (403, problem(403, "Tweet needs to be a bit shorter."), "TEXT_TOO_LONG"),
    (403, problem(403, "Not with this token.", PROBLEM + "unsupported-authentication"), "PERMISSION_DENIED"),
    (403, problem(403, "The token lacks the scope tweet.write."), "PERMISSION_DENIED"),
    (400, problem(400, "One or more parameters to your request was invalid.", PROBLEM + "invalid-request"), "REFUSED"),
    (400, b"<html>no JSON here</html>", "REFUSED"),
    (400, {"detail": {"not": "words"}, "errors": "nor here", "type": 7}, "REFUSED"),
    (418, {"errors": [None, {"message": "Teapot"}]}, "REFUSED"),
]


@pytest.mark.parametrize(("status", "body", "code"), REFUSALS)
async def test_what_x_refuses(stub: Stub, session: HttpSession, status: int, body: Any, code: str) -> None:
    stub.answers(status, body)
    error = await failure(make_x(stub, session))
    assert isinstance(error, Refused)
    assert error.code == code
    assert len(stub.asked) == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (problem(403, "You may not."), "You may not."),
        ({"title": "Forbidden"}, "Forbidden"),
        ({"detail": "Invalid.", "errors": [{"message": "The `text` is bad."}]}, "Invalid. The `text` is bad."),
        ({"detail": "line\none\x00\ud800"}, "line one"),
        ({}, "The platform answered 403 and gave no reason."),
        ({"detail": f"Bearer {TOKEN} may not"}, "Bearer [removed] may not"),
        ({"detail": "x" * 501}, "x" * 499 + "…"),
    ],
)
async def test_a_refusal_is_told_in_xs_own_words(stub: Stub, session: HttpSession, body: Any, words: str) -> None:
    stub.answers(403, body)
    assert str(await failure(make_x(stub, session))) == words


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"not JSON"),
        (200, b""),
        (200, b"[1, 2]"),
        (200, {"data": "no object"}),
        (200, {"errors": [{"message": "no data"}]}),
        (201, {"data": {"text": "Hello"}}),
        (201, {"data": {"id": 1890000000000000001}}),
        (201, {"data": {"id": "12ab"}}),
        (201, {"data": {"id": "٣٤٥"}}),
        (201, {"data": {"id": "1" * 20}}),
        (201, b'{"data":{"id":"1890000000000000001","text":"' + b"x" * 200_000 + b'"}}'),
        (204, b""),
        (303, b""),
        (304, b""),
        (408, {}),
        (500, {}),
        (503, problem(503, "Service Unavailable")),
        (503, problem(503, f"{TOKEN} {'x' * 600}")),
        (599, {}),
    ],
)
async def test_what_leaves_open_whether_it_was_published(
    stub: Stub, session: HttpSession, status: int, body: Any
) -> None:
    stub.answers(status, body)
    assert isinstance(await failure(make_x(stub, session)), OutcomeUnknown)
    assert len(stub.asked) == 1


async def test_a_rejected_token(stub: Stub, session: HttpSession) -> None:
    stub.answers(401, problem(401, "Unauthorized", title="Unauthorized"))
    error = await failure(make_x(stub, session))
    assert isinstance(error, TokenRejected)
    assert not error.revoked


@pytest.mark.parametrize(("status", "code"), [(402, "CREDITS_DEPLETED"), (426, "VERSION_RETIRED")])
async def test_what_the_operator_has_to_mend(stub: Stub, session: HttpSession, status: int, code: str) -> None:
    stub.answers(status, problem(status, "credits depleted"))
    error = await failure(make_x(stub, session))
    assert isinstance(error, OperatorFault)
    assert (error.code, str(error)) == (code, "credits depleted")
    assert (error.costs_attempt, error.blocks_account) == (False, True)


QUARTER, DAY = timedelta(minutes=15), timedelta(days=1)
IN_FIVE, IN_TWENTY_HOURS = NOON + timedelta(minutes=5), NOON + timedelta(hours=20)


def daily(whose: str, remaining: str, reset: datetime) -> dict[str, str]:
    return {f"x-{whose}-limit-24hour-remaining": remaining, f"x-{whose}-limit-24hour-reset": epoch(reset)}


RESETS = [
    ({}, NOON + QUARTER),
    ({"x-rate-limit-reset": epoch(IN_FIVE)}, IN_FIVE),
    ({"X-Rate-Limit-Reset": epoch(IN_FIVE)}, IN_FIVE),
    ({"x-rate-limit-reset": epoch(NOON + DAY)}, NOON + DAY),
    ({"x-rate-limit-reset": epoch(IN_FIVE)} | daily("user", "0", IN_TWENTY_HOURS), IN_TWENTY_HOURS),
    ({"x-rate-limit-reset": epoch(IN_FIVE)} | daily("app", "0", IN_TWENTY_HOURS), IN_TWENTY_HOURS),
    ({"x-rate-limit-reset": epoch(IN_FIVE)} | daily("user", "3", IN_TWENTY_HOURS), IN_FIVE),
    ({"Retry-After": "30"}, NOON + timedelta(seconds=30)),
    ({"Retry-After": "Mon, 23 Nov 2026 12:05:00 GMT"}, IN_FIVE),
    ({"Retry-After": "Mon, 23 Nov 2026 12:05:00 -0000"}, IN_FIVE),
    ({"Retry-After": "30", "x-rate-limit-reset": epoch(IN_FIVE)}, IN_FIVE),
    ({"Retry-After": "soon"}, NOON + QUARTER),
    ({"Retry-After": "-5"}, NOON + QUARTER),
    ({"Retry-After": "9999999999"}, NOON + QUARTER),
    ({"Retry-After": "Mon, 99 Nov 99999 12:05:00 GMT"}, NOON + QUARTER),
    ({"Retry-After": "0"}, NOON + timedelta(minutes=1)),
    ({"x-rate-limit-reset": epoch(NOON - DAY)}, NOON + timedelta(minutes=1)),
    ({"x-rate-limit-reset": epoch(NOON)}, NOON + timedelta(minutes=1)),
    ({"x-rate-limit-reset": epoch(NOON + 30 * DAY)}, NOON + QUARTER),
    ({"x-rate-limit-reset": epoch(NOON) + "000"}, NOON + QUARTER),
    ({"x-rate-limit-reset": "tomorrow"}, NOON + QUARTER),
    ({"x-rate-limit-reset": "1e999"}, NOON + QUARTER),
    ({"x-rate-limit-reset": "9" * 5000}, NOON + QUARTER),
]


@pytest.mark.parametrize(("headers", "expected"), RESETS)
async def test_a_rate_limit_names_its_end(
    stub: Stub, session: HttpSession, headers: dict[str, str], expected: datetime
) -> None:
    stub.answers(429, {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, headers)
    error = await failure(make_x(stub, session))
    assert isinstance(error, NotSent)
    assert (error.code, str(error), error.retry_at) == ("RATE_LIMITED", "Rate limit exceeded", expected)
    assert error.blocks_account
    assert not error.costs_attempt
