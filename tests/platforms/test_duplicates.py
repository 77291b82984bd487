"""A text that is there already: which post it is, where the platform says so."""

from typing import Any

import pytest
from support.platform_stub import Stub, failure

from perennial.core.platform_errors import Duplicate, Refused
from perennial.outbound.http_session import HttpSession
from perennial.platforms.linkedin.transport import LinkedIn
from perennial.platforms.x.transport import X

NUMBER = "7141000000000000001"
SHARE, UGC = f"urn:li:share:{NUMBER}", f"urn:li:ugcPost:{NUMBER}"
EXCEPTION = "com.linkedin.content.common.exception.BadRequestResponseException: "


def input_error(description: Any, code: Any = "DUPLICATE_POST") -> dict[str, Any]:
    return {"inputErrors": [{"description": description, "input": {}, "code": code}]}


def linkedin_says(message: Any, description: Any = "Duplicate post is detected") -> dict[str, Any]:
    return {"message": message, "errorDetails": input_error(description), "status": 422}


async def linkedin_duplicate(stub: Stub, session: HttpSession, body: Any, status: int = 422) -> Duplicate:
    stub.answers(status, body)
    error = await failure(LinkedIn(session, stub.url, stub.url, "202609", None, None))
    assert isinstance(error, Duplicate)
    assert isinstance(error, Refused)
    assert error.code == "DUPLICATE_CONTENT"
    assert len(stub.asked) == 1
    return error


@pytest.mark.parametrize(
    ("body", "urn"),
    [
        (linkedin_says(f"{EXCEPTION}Content is a duplicate of {SHARE}"), SHARE),
        (linkedin_says(f"{EXCEPTION}Content is a duplicate of {UGC}."), UGC),
        (linkedin_says(f"Content is a duplicate of {SHARE} of {UGC}"), SHARE),
        (linkedin_says("Refused", f"Content is a duplicate of {SHARE}"), SHARE),
        (linkedin_says(None, f"Duplicate post is detected: a duplicate of {UGC}"), UGC),
        ({"message": f"Content is a duplicate of {SHARE}"}, SHARE),
        (input_error(f"Content is a duplicate of {SHARE}", "SOMETHING_ELSE"), SHARE),
        (linkedin_says(f"{'x' * 600} Content is a duplicate of {SHARE}"), SHARE),
    ],
)
async def test_linkedin_names_the_post_that_is_there(stub: Stub, session: HttpSession, body: Any, urn: str) -> None:
    error = await linkedin_duplicate(stub, session, body)
    assert (error.remote_id, error.url) == (urn, f"https://www.linkedin.com/feed/update/{urn}")
    assert urn in str(error)


@pytest.mark.parametrize(
    "body",
    [
        linkedin_says("Refused"),
        linkedin_says(None, None),
        linkedin_says(["a duplicate of", SHARE]),
        linkedin_says("Content is a duplicate of something"),
        linkedin_says("Content is a duplicate of urn:li:share:"),
        linkedin_says("Content is a duplicate of urn:li:share:/../x"),
        linkedin_says(f"Content is a duplicate of urn:li:share:{'1' * 300}"),
        linkedin_says(f"{SHARE} is fine"),
        {"message": "Duplicate post is detected"},
    ],
)
async def test_linkedin_may_name_none(stub: Stub, session: HttpSession, body: Any) -> None:
    error = await linkedin_duplicate(stub, session, body)
    assert (error.remote_id, error.url) == (None, None)


@pytest.mark.parametrize("status", [400, 403, 409])
async def test_a_duplicate_is_known_by_its_words_whatever_the_status(
    stub: Stub, session: HttpSession, status: int
) -> None:
    error = await linkedin_duplicate(stub, session, linkedin_says(f"Content is a duplicate of {SHARE}"), status)
    assert error.remote_id == SHARE


@pytest.mark.parametrize("detail", ["You are not allowed to create a Tweet with duplicate content.", "Duplicate post."])
async def test_x_never_says_which_post_is_there(stub: Stub, session: HttpSession, detail: str) -> None:
    stub.answers(403, {"detail": detail, "type": "about:blank", "title": "Forbidden", "status": 403, "id": "7"})
    error = await failure(X(session, stub.url, None, None))
    assert isinstance(error, Duplicate)
    assert (error.code, str(error)) == ("DUPLICATE_CONTENT", detail)
    assert (error.remote_id, error.url) == (None, None)


@pytest.mark.parametrize("status", [401, 429, 500, 408])
async def test_words_alone_make_no_duplicate_of_what_was_not_refused(
    stub: Stub, session: HttpSession, status: int
) -> None:
    for transport in (X(session, stub.url, None, None), LinkedIn(session, stub.url, stub.url, "202609", None, None)):
        stub.answers(status, {"detail": "duplicate content"} | linkedin_says(f"Content is a duplicate of {SHARE}"))
        assert not isinstance(await failure(transport), Refused)
