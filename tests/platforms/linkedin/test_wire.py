"""LinkedIn's wire, against a stub on a real socket."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from support.platform_stub import NOON, TOKEN, Stub, failure, publish

from perennial.core.platform_errors import NotSent, OperatorFault, OutcomeUnknown, Refused, TokenRejected
from perennial.outbound.http_session import HttpSession
from perennial.platforms.linkedin.transport import LinkedIn
from perennial.platforms.transport import Identity, Receipt

ALICE = Identity("vaz8tJ1Aah", "Alice Lidell")
URN = "urn:li:share:7141000000000000001"
CREATED = {"x-restli-id": URN}


def make_linkedin(stub: Stub, session: HttpSession) -> LinkedIn:
    return LinkedIn(session, f"{stub.url}/sandbox/linkedin", f"{stub.url}/oauth/v2", "202609", "lc", "l&s")


async def test_a_post_goes_out_once_and_brings_its_receipt(stub: Stub, session: HttpSession) -> None:
    stub.answers(201, headers=CREATED)
    receipt = await make_linkedin(stub, session).publish(ALICE, TOKEN, "Hello (world) #Python", NOON)
    assert receipt == Receipt(URN, f"https://www.linkedin.com/feed/update/{URN}")
    [asked] = stub.asked
    assert (asked.method, asked.path) == ("POST", "/sandbox/linkedin/rest/posts")
    assert asked.json == {
        "author": "urn:li:person:vaz8tJ1Aah",
        "commentary": r"Hello \(world\) #Python",
        "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    expected = {
        "Authorization": f"Bearer {TOKEN}",
        "LinkedIn-Version": "202609",
        "X-Restli-Protocol-Version": "2.0.0",
        "Content-Type": "application/json",
    }
    assert {name: asked.headers[name] for name in expected} == expected


DUPLICATE = {
    "errorDetailType": "com.linkedin.common.error.BadRequest",
    "message": f"com.linkedin.content.common.exception.BadRequestResponseException: Content is a duplicate of {URN}",
    "errorDetails": {
        "inputErrors": [{"description": "Duplicate post is detected", "input": {}, "code": "DUPLICATE_POST"}]
    },
    "status": 422,
}
TOO_LONG = "ShareCommentary text length (8694 characters) exceeded the maximum allowed (3000 characters)"
DENIED = "Not enough permissions to access: partnerApiPostsExternal.CREATE"

REFUSALS = [
    (422, DUPLICATE, "DUPLICATE_CONTENT", f"Content is a duplicate of {URN}"),
    (
        422,
        {"message": f"{'x' * 600} Content is a duplicate of {URN}"},
        "DUPLICATE_CONTENT",
        f"A duplicate of {URN}. " + "x" * 450 + "…",
    ),
    (
        422,
        {"errorDetails": {"inputErrors": [{"description": "Duplicate post is detected", "code": "DUPLICATE_POST"}]}},
        "DUPLICATE_CONTENT",
        "Duplicate post is detected",
    ),
    (400, {"message": f"java.lang.Exception: {TOO_LONG}"}, "TEXT_TOO_LONG", TOO_LONG),
    (
        400,
        {"inputErrors": [{"code": "FIELD_ARRAY_SIZE_TOO_HIGH", "description": "Too much"}]},
        "TEXT_TOO_LONG",
        "Too much",
    ),
    (
        403,
        {"status": 403, "serviceErrorCode": 100, "code": "ACCESS_DENIED", "message": DENIED},
        "PERMISSION_DENIED",
        DENIED,
    ),
    (403, {"message": "Not today"}, "REFUSED", "Not today"),
    (
        400,
        {"message": ["not", "words"], "errorDetails": [1]},
        "REFUSED",
        "The platform answered 400 and gave no reason.",
    ),
    (400, b"<html>", "REFUSED", "The platform answered 400 and gave no reason."),
    (400, {"message": f"Bad token {TOKEN}\x00"}, "REFUSED", "Bad token [removed]"),
]


@pytest.mark.parametrize(("status", "body", "code", "words"), REFUSALS)
async def test_what_linkedin_refuses(
    stub: Stub, session: HttpSession, status: int, body: Any, code: str, words: str
) -> None:
    stub.answers(status, body)
    error = await failure(make_linkedin(stub, session))
    assert isinstance(error, Refused)
    assert (error.code, str(error)) == (code, words)
    assert len(stub.asked) == 1


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (201, {}),
        (201, {"x-restli-id": ""}),
        (201, {"x-restli-id": "7141"}),
        (201, {"x-restli-id": "urn:li:share:1/../2"}),
        (201, {"x-restli-id": "urn:li:share:" + "1" * 300}),
        (204, {}),
        (303, CREATED),
        (408, CREATED),
        (500, CREATED),
        (504, {}),
    ],
)
async def test_what_leaves_open_whether_it_was_published(
    stub: Stub, session: HttpSession, status: int, headers: dict[str, str]
) -> None:
    stub.answers(status, headers=headers)
    assert isinstance(await failure(make_linkedin(stub, session)), OutcomeUnknown)
    assert len(stub.asked) == 1


@pytest.mark.parametrize("body", [b"", b"not JSON", b"x" * 200_000])
async def test_the_receipt_is_in_the_header_whatever_the_body(stub: Stub, session: HttpSession, body: bytes) -> None:
    stub.answers(201, body, CREATED)
    assert (await publish(make_linkedin(stub, session))).remote_id == URN


@pytest.mark.parametrize(
    ("number", "revoked"), [(65600, False), (65601, True), ("65601", True), (65602, False), (None, False)]
)
async def test_a_rejected_token_may_be_a_revoked_one(
    stub: Stub, session: HttpSession, number: Any, revoked: bool
) -> None:
    stub.answers(401, {"status": 401, "serviceErrorCode": number, "message": "The token is not good"})
    error = await failure(make_linkedin(stub, session))
    assert isinstance(error, TokenRejected)
    assert (error.revoked, str(error)) == (revoked, "The token is not good")


@pytest.mark.parametrize(("status", "code"), [(402, "CREDITS_DEPLETED"), (426, "VERSION_RETIRED")])
async def test_what_the_operator_has_to_mend(stub: Stub, session: HttpSession, status: int, code: str) -> None:
    stub.answers(status, {"code": "NONEXISTENT_VERSION", "message": "Requested version 20250401 is not active"})
    error = await failure(make_linkedin(stub, session))
    assert isinstance(error, NotSent)
    assert (error.code, str(error)) == (code, "Requested version 20250401 is not active")
    assert isinstance(error, OperatorFault)
    assert (error.costs_attempt, error.blocks_account) == (False, True)


MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)
TOKYO = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    ("now", "headers", "expected"),
    [
        (NOON, {}, MIDNIGHT),
        (MIDNIGHT - timedelta(milliseconds=1), {}, MIDNIGHT),
        (MIDNIGHT, {}, MIDNIGHT + timedelta(days=1)),
        (MIDNIGHT.astimezone(TOKYO) - timedelta(hours=1), {}, MIDNIGHT),
        (NOON, {"Retry-After": "90"}, NOON + timedelta(seconds=90)),
        (NOON, {"Retry-After": "Mon, 23 Nov 2026 13:00:00 GMT"}, NOON + timedelta(hours=1)),
        (NOON, {"Retry-After": "Sun, 22 Nov 2026 13:00:00 GMT"}, NOON + timedelta(minutes=1)),
        (NOON, {"Retry-After": "later"}, MIDNIGHT),
        (NOON, {"Retry-After": "999999"}, MIDNIGHT),
        (NOON, {"x-rate-limit-reset": "1"}, MIDNIGHT),
    ],
)
async def test_a_day_limit_ends_with_the_day(
    stub: Stub, session: HttpSession, now: datetime, headers: dict[str, str], expected: datetime
) -> None:
    stub.answers(429, {"message": "APPLICATION DAY limit is reached.", "status": 429}, headers)
    with pytest.raises(NotSent, match="DAY limit") as caught:
        await make_linkedin(stub, session).publish(ALICE, TOKEN, "Hello", now)
    error = caught.value
    assert (error.code, error.retry_at, error.costs_attempt, error.blocks_account) == (
        "RATE_LIMITED",
        expected,
        False,
        True,
    )
