"""An account's posts on X, read back from a stub on a real socket: what is asked for, and what an answer means."""

from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from support.platform_stub import ALICE, NOON, TOKEN, Stub

from perennial.core.platform_errors import NotSent, OperatorFault, OutcomeUnknown, PlatformError, Refused, TokenRejected
from perennial.db.outages import chain
from perennial.outbound.http_session import HttpSession
from perennial.platforms.transport import Identity, Match, Receipt
from perennial.platforms.x.transport import X

INDIA = timezone(timedelta(hours=5, minutes=30))
EMPTY = {"meta": {"result_count": 0}}


def post(number: int, text: str = "Hello", **more: Any) -> dict[str, Any]:
    """A post so many seconds after noon."""
    return {"id": str(number), "text": text, "created_at": f"2026-11-23T12:00:{number:02}.000Z", **more}


def seen(number: int) -> Match:
    return Match(Receipt(str(number), f"https://x.com/alice/status/{number}"), NOON + timedelta(seconds=number))


def page(*posts: Any, next_token: Any = None) -> dict[str, Any]:
    return {"data": list(posts), "meta": {"result_count": len(posts), "next_token": next_token}}


async def find_matches(stub: Stub, session: HttpSession, since: datetime = NOON) -> list[Match]:
    return await X(session, stub.url, "xc", "xs").find_matches(ALICE, TOKEN, "Hello", since)


def tokens_asked_for(stub: Stub) -> list[str | None]:
    queries = [parse_qs(urlsplit(asked.path).query) for asked in stub.asked]
    return [query.get("pagination_token", [None])[0] for query in queries]


@pytest.mark.parametrize("since", [NOON, NOON.astimezone(INDIA), NOON + timedelta(milliseconds=999)])
async def test_the_accounts_own_posts_are_asked_for_from_that_second_on(
    stub: Stub, session: HttpSession, since: datetime
) -> None:
    stub.answers(200, EMPTY)
    assert await find_matches(stub, session, since) == []
    [asked] = stub.asked
    assert (asked.method, asked.headers["Authorization"]) == ("GET", f"Bearer {TOKEN}")
    url = urlsplit(asked.path)
    assert url.path == "/2/users/1234567890/tweets"
    assert parse_qs(url.query) == {
        "start_time": ["2026-11-23T12:00:00Z"],
        "exclude": ["retweets"],
        "max_results": ["100"],
        "tweet.fields": ["created_at,entities,note_tweet"],
    }


async def test_every_post_of_the_text_is_seen_with_its_time(stub: Stub, session: HttpSession) -> None:
    stub.answers(200, page(post(3), post(2, "Hello!"), post(1)))
    assert await find_matches(stub, session) == [seen(3), seen(1)]


async def test_without_a_handle_the_url_names_none(stub: Stub, session: HttpSession) -> None:
    stub.answers(200, page(post(1)))
    [found] = await X(session, stub.url, None, None).find_matches(Identity("7", None), TOKEN, "Hello", NOON)
    assert found.receipt.url == "https://x.com/i/web/status/1"


async def test_all_pages_are_read(stub: Stub, session: HttpSession) -> None:
    stub.pages = [page(post(5), next_token="b+/="), page(post(4, "Other"), next_token="c"), page(post(3))]
    assert await find_matches(stub, session) == [seen(5), seen(3)]
    assert tokens_asked_for(stub) == [None, "b+/=", "c"]


async def test_no_more_than_five_pages_are_read(stub: Stub, session: HttpSession) -> None:
    stub.pages = [page(post(9 - number), next_token=str(number)) for number in range(9)]
    assert await find_matches(stub, session) == [seen(number) for number in (9, 8, 7, 6, 5)]
    assert tokens_asked_for(stub) == [None, "0", "1", "2", "3"]


@pytest.mark.parametrize("meta", [{}, None, "meta", [], {"next_token": None}, {"next_token": 7}, {"next_token": ["b"]}])
async def test_a_page_without_a_token_for_the_next_is_the_last(stub: Stub, session: HttpSession, meta: Any) -> None:
    stub.answers(200, {"data": [post(1)], "meta": meta})
    assert await find_matches(stub, session) == [seen(1)]
    assert len(stub.asked) == 1


@pytest.mark.parametrize(
    "other",
    [
        None,
        "Hello",
        ["Hello"],
        {},
        {"text": "Hello", "created_at": "2026-11-23T12:00:01.000Z"},
        post(2, id=2),
        post(2, id=""),
        post(2, id="12ab"),
        post(2, id="١٢"),
        post(2, id="1" * 20),
        post(2, text=None),
        post(2, text=7),
        post(2, created_at=None),
        post(2, created_at="just now"),
        post(2, created_at="2026-11-23T12:00:01"),
        post(2, created_at=1_795_435_200),
        post(2, "Other"),
    ],
    ids=str,
)
async def test_a_post_that_makes_no_sense_hides_no_other(stub: Stub, session: HttpSession, other: Any) -> None:
    stub.answers(200, page(other, post(1), other))
    assert await find_matches(stub, session) == [seen(1)]


@pytest.mark.parametrize("data", [None, "posts", 7, {}, {"0": post(1)}, []])
async def test_a_list_that_is_none_has_nothing_to_see(stub: Stub, session: HttpSession, data: Any) -> None:
    stub.answers(200, {"data": data})
    assert await find_matches(stub, session) == []


async def test_a_page_of_a_hundred_long_posts_is_read_whole(stub: Stub, session: HttpSession) -> None:
    notes = [post(number, note_tweet={"text": "x" * 25_000}) for number in range(59, 1, -1)]
    stub.answers(200, page(*notes, post(1)))
    assert await find_matches(stub, session) == [seen(1)]


FAILURES = [
    (200, b"", OutcomeUnknown),
    (200, b"not JSON", OutcomeUnknown),
    (200, b"[1, 2]", OutcomeUnknown),
    (200, b"[" * 100_000, OutcomeUnknown),
    (200, {}, OutcomeUnknown),
    (200, {"errors": [{"detail": "Could not find user with id: [7]."}]}, OutcomeUnknown),
    (302, page(post(1)), OperatorFault),
    (408, {}, OutcomeUnknown),
    (500, page(post(1)), OutcomeUnknown),
    (503, {"detail": TOKEN}, OutcomeUnknown),
    (401, {"title": "Unauthorized"}, TokenRejected),
    (403, {"detail": f"Forbidden for {TOKEN}"}, Refused),
    (402, {"detail": "credits depleted"}, NotSent),
    (429, {"title": "Too Many Requests"}, NotSent),
]


@pytest.mark.parametrize(("status", "body", "expected"), FAILURES)
async def test_what_is_no_timeline_raises_and_shows_no_token(
    stub: Stub, session: HttpSession, status: int, body: Any, expected: type[PlatformError]
) -> None:
    stub.answers(status, body)
    with pytest.raises(expected) as caught:
        await find_matches(stub, session)
    assert not any(TOKEN in f"{step!r} {step}" for step in chain(caught.value))
    assert len(stub.asked) == 1


async def test_a_later_page_that_fails_is_not_taken_for_not_finding(stub: Stub, session: HttpSession) -> None:
    stub.pages = [page(post(2), next_token="b"), b"not JSON"]
    with pytest.raises(OutcomeUnknown):
        await find_matches(stub, session)


async def test_a_rate_limit_blocks_the_account(stub: Stub, session: HttpSession) -> None:
    stub.answers(429, {"errors": [{"code": 88, "message": "Rate limit exceeded"}]})
    with pytest.raises(NotSent, match="Rate limit exceeded") as caught:
        await find_matches(stub, session)
    assert (caught.value.code, caught.value.costs_attempt) == ("RATE_LIMITED", False)


@pytest.mark.parametrize("breaks", ["dropped", "truncated", "garbled"])
async def test_an_answer_that_breaks_off_is_none(stub: Stub, session: HttpSession, breaks: str) -> None:
    stub.breaks, stub.body = breaks, b'{"data": []}'
    with pytest.raises(OutcomeUnknown):
        await find_matches(stub, session)


async def test_a_platform_that_cannot_be_reached_says_nothing(session: HttpSession, closed_url: str) -> None:
    with pytest.raises(NotSent):
        await X(session, closed_url, None, None).find_matches(ALICE, TOKEN, "Hello", NOON)
