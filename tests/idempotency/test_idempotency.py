"""idempotencyKey: asking again answers what was made first, and makes nothing twice."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from support.api import (
    ACCOUNTS_QUERY,
    CONNECT_ACCOUNT,
    CREATE_POST,
    CREATE_QUEUE,
    DELETE_POST,
    DELETE_QUEUE,
    DISCONNECT_ACCOUNT,
    POSTS_QUERY,
    UPDATE_POST,
    User,
)
from support.clock import FakeClock
from support.keys import CLONE_POST, NAMES, another_input, counts, request
from tortoise import Tortoise

from perennial.core.instants import instant
from perennial.idempotency.keys import Key

EACH = pytest.mark.parametrize("name", NAMES)
GONE = {"createPost": DELETE_POST, "clonePost": DELETE_POST, "createQueue": DELETE_QUEUE}


def texts(text: str, **more: Any) -> dict[str, Any]:
    return {"publications": [{"platform": "X", "content": text}], **more}


@pytest.fixture
async def post(alice: User) -> Any:
    """Alice's post, to be cloned and repeated."""
    return await alice.create_post(x="An original")


@EACH
async def test_the_same_key_and_input_answer_what_was_made_first(
    alice: User, clock: FakeClock, post: Any, name: str
) -> None:
    ask = request(name, post["id"], clock.now)
    first = await alice.do(ask.query, **ask.variables("one"))
    before = await counts()
    clock.advance(minutes=10)
    assert await alice.do(ask.query, **ask.variables("one")) == first
    assert await counts() == before


@pytest.mark.parametrize("name", ["createPost", "clonePost", "createQueue"])
async def test_another_key_and_no_key_make_another(alice: User, clock: FakeClock, post: Any, name: str) -> None:
    ask = request(name, post["id"], clock.now)
    made = [(await alice.do(ask.query, **ask.variables(key)))["id"] for key in ("one", "two", None, None)]
    assert len(set(made)) == 4
    assert (await counts())[-1] == 2


@EACH
async def test_the_same_key_with_another_input_is_a_conflict(
    alice: User, clock: FakeClock, post: Any, name: str
) -> None:
    ask = request(name, post["id"], clock.now)
    other = another_input(name, (await alice.create_post(x="Another"))["id"])
    first = await alice.do(ask.query, **ask.variables("one"))
    before = await counts()
    refusal = await alice.refused(ask.query, **ask.variables("one", **other))
    assert refusal.code == "CONFLICT"
    assert "something else" in refusal.message
    assert await counts() == before
    assert await alice.do(ask.query, **ask.variables("one")) == first


async def test_the_same_key_in_another_mutation_is_a_conflict(alice: User, clock: FakeClock, post: Any) -> None:
    for first in NAMES:
        ask = request(first, post["id"], clock.now)
        await alice.do(ask.query, **ask.variables(first))
        before = await counts()
        for second in set(NAMES) - {first}:
            ask = request(second, post["id"], clock.now)
            assert (await alice.refused(ask.query, **ask.variables(first))).code == "CONFLICT"
        assert await counts() == before


def test_the_same_words_for_another_mutation_are_another_request(clock: FakeClock) -> None:
    """By themselves: today no two mutations take the same input."""
    first, second = [Key.of("alice", "one", name, {"id": "1"}, clock.now) for name in ("clonePost", "cloneQueue")]
    assert first.fingerprint != second.fingerprint


async def test_what_would_be_refused_is_a_conflict_under_a_used_key(alice: User, clock: FakeClock, post: Any) -> None:
    ask = request("createQueue", post["id"], clock.now)
    await alice.do(ask.query, **ask.variables("one"))
    for change in ({"interval": 0}, {"originalPostId": "first"}):
        assert (await alice.refused(ask.query, **ask.variables("one", **change))).code == "CONFLICT"


async def test_the_same_input_may_be_spelt_in_another_way(alice: User, clock: FakeClock, post: Any) -> None:
    ask = request("createQueue", post["id"], clock.now)
    first = await alice.do(ask.query, **ask.variables("one"))
    time = (clock.now + timedelta(hours=1)).isoformat().replace("+00:00", "-00:00")
    same: dict[str, Any] = {"maxExecutions": None, "cadence": "FIXED", "nextScheduledTime": time}
    assert await alice.do(ask.query, **ask.variables("one", **same)) == first
    literal = f"""mutation {{ createQueue(input: {{ idempotencyKey: "one", interval: 7, originalPostId: "{post["id"]}",
        nextScheduledTime: "{instant(clock.now + timedelta(hours=1))}" }}) {{ queue {{ id }} }} }}"""
    assert await alice.do(literal) == {"id": first["id"]}


async def test_the_order_of_texts_is_a_part_of_the_input(alice: User) -> None:
    both = [{"platform": "X", "content": "Hello"}, {"platform": "LINKEDIN", "content": "Hello"}]
    await alice.do(CREATE_POST, input={"publications": both, "idempotencyKey": "one"})
    turned = {"publications": both[::-1], "idempotencyKey": "one"}
    assert (await alice.refused(CREATE_POST, input=turned)).code == "CONFLICT"


async def test_one_document_may_ask_twice(alice: User) -> None:
    ask = 'createPost(input: {idempotencyKey: "one", publications: [{platform: X, content: "Hello"}]}) { post { id } }'
    answer = await alice.execute(f"mutation {{ a: {ask} b: {ask} }}")
    assert answer["data"]["a"] == answer["data"]["b"]


async def test_what_was_made_is_answered_as_it_is_now(alice: User, clock: FakeClock) -> None:
    given = texts("Hello", idempotencyKey="one")
    post = await alice.do(CREATE_POST, input=given)
    changed = await alice.do(UPDATE_POST, id=post["id"], input=texts("Changed"))
    assert await alice.do(CREATE_POST, input=given) == changed


@EACH
async def test_what_was_deleted_since_is_a_conflict_that_says_so(
    alice: User, clock: FakeClock, post: Any, name: str
) -> None:
    ask = request(name, post["id"], clock.now)
    made = await alice.do(ask.query, **ask.variables("one"))
    await alice.do(GONE.get(name, DISCONNECT_ACCOUNT), id=made["id"])
    before = await counts()
    refusal = await alice.refused(ask.query, **ask.variables("one"))
    assert refusal.code == "CONFLICT"
    assert "deleted" in refusal.message
    assert await counts() == before
    again = await alice.do(ask.query, **ask.variables("two"))
    assert (again["id"] == made["id"]) == (name == "connectAccount"), "an account comes back with its id"


async def test_a_mutation_that_fails_leaves_no_key(alice: User, clock: FakeClock, post: Any) -> None:
    await alice.refused(CREATE_POST, input=texts("a" * 281, idempotencyKey="one"))
    await alice.refused(CLONE_POST, id="018f0000-0000-7000-8000-000000000000", idempotencyKey="one")
    ask = request("createQueue", post["id"], clock.now)
    await alice.refused(ask.query, **ask.variables("one", interval=0))
    await alice.refused(ask.query, **ask.variables("one", originalPostId="018f0000-0000-7000-8000-000000000000"))
    await alice.refused(CONNECT_ACCOUNT, input={"platform": "X", "accessToken": "nobodys", "idempotencyKey": "one"})
    assert (await counts())[-1] == 0
    assert await alice.do(CREATE_POST, input=texts("Hello", idempotencyKey="one"))


async def test_a_platform_that_did_not_answer_is_asked_again_under_the_same_key(
    alice: User, clock: FakeClock, sandbox: httpx2.AsyncClient
) -> None:
    await sandbox.post("/faults", json={"platform": "X", "operation": "me", "status": 503})
    ask = request("connectAccount", "", clock.now)
    assert (await alice.refused(ask.query, **ask.variables("one"))).code == "UNAVAILABLE"
    await sandbox.delete("/faults")
    account = await alice.do(ask.query, **ask.variables("one"))
    await sandbox.post("/faults", json={"platform": "X", "operation": "me", "status": 401})
    assert await alice.do(ask.query, **ask.variables("one")) == account, "the platform was asked once more"


async def test_what_was_accepted_is_answered_though_it_would_not_be_any_more(
    alice: User, clock: FakeClock, post: Any
) -> None:
    token = {"platform": "X", "accessToken": "sandbox-alice", "refreshToken": "sandbox-refresh-alice"}
    account = token | {"expiresAt": instant(clock.now + timedelta(minutes=1)), "idempotencyKey": "account"}
    asks = [request(name, post["id"], clock.now) for name in ("clonePost", "createQueue")]
    first = [(await alice.do(ask.query, **ask.variables(str(place))))["id"] for place, ask in enumerate(asks)]
    connected = await alice.do(CONNECT_ACCOUNT, input=account)
    await alice.do(DELETE_POST, id=post["id"])
    clock.advance(hours=2)
    again = [(await alice.do(ask.query, **ask.variables(str(place))))["id"] for place, ask in enumerate(asks)]
    assert again == first
    assert await alice.do(CONNECT_ACCOUNT, input=account) == connected


async def test_connecting_an_account_anew_is_remembered_as_the_account_that_was_there(alice: User) -> None:
    (first,) = await alice.connect("X")
    given = {"platform": "X", "accessToken": "sandbox-alice", "idempotencyKey": "one"}
    assert await alice.do(CONNECT_ACCOUNT, input=given) == first
    assert await alice.do(CONNECT_ACCOUNT, input=given) == first


async def test_what_was_replaced_by_another_account_since_is_a_conflict_until_it_is_connected_again(
    alice: User,
) -> None:
    given = {"platform": "X", "accessToken": "sandbox-alice", "idempotencyKey": "one"}
    first = await alice.do(CONNECT_ACCOUNT, input=given)
    other = await alice.do(CONNECT_ACCOUNT, input={"platform": "X", "accessToken": "sandbox-alice-anew"})
    assert (await alice.refused(CONNECT_ACCOUNT, input=given)).code == "CONFLICT"
    assert await alice.do(ACCOUNTS_QUERY) == [other]
    await alice.connect("X")
    assert await alice.do(CONNECT_ACCOUNT, input=given) == first


async def test_after_24_hours_a_key_is_as_if_it_had_never_been(alice: User, clock: FakeClock) -> None:
    given = texts("Hello", idempotencyKey="one")
    first = await alice.do(CREATE_POST, input=given)
    clock.advance(hours=23, minutes=59, seconds=59, milliseconds=999)
    assert await alice.do(CREATE_POST, input=given) == first
    clock.advance(milliseconds=1)
    other = texts("Another text", idempotencyKey="one")
    second = await alice.do(CREATE_POST, input=other)
    assert second["id"] != first["id"]
    clock.advance(hours=23)
    assert await alice.do(CREATE_POST, input=other) == second
    assert (await alice.refused(CREATE_POST, input=given)).code == "CONFLICT"
    assert (await counts())[-1] == 1


async def test_another_owners_same_key_is_another_key(alice: User, bob: User) -> None:
    given = texts("Hello", idempotencyKey="one")
    hers, his = [await user.do(CREATE_POST, input=given) for user in (alice, bob)]
    assert (hers["clerkUserId"], his["clerkUserId"]) == ("alice", "bob")
    assert (await bob.do(CREATE_POST, input=given))["id"] == his["id"]


GOOD = [
    "a",
    "a" * 255,
    "🌱" * 255,
    " a ",
    "a b",
    "Ä-ö",
    "👩‍👩‍👧",
    "'; DROP TABLE posts; --",
    "%",
    "A",
    "ä",
    "a\u0308",
    "\u200b.",
]
BAD = ["", "a" * 256, "🌱" * 256, "\x00", "a\x00", "a\nb", "\t", "\x7f", "\x85", "\ud800", "a\udfff"]
BLANK = [" ", " " * 255, "\u00a0", "\u2003 ", "\u200b", "\u200b" * 255, "\u200d \ufe0f", "\u3164", "\u2800", "\u00ad"]


async def test_a_key_has_1_to_255_characters_none_of_them_a_control_and_one_that_can_be_seen(
    alice: User, clock: FakeClock, post: Any
) -> None:
    made = [(await alice.do(CREATE_POST, input=texts("Hello", idempotencyKey=key)))["id"] for key in GOOD]
    again = [(await alice.do(CREATE_POST, input=texts("Hello", idempotencyKey=key)))["id"] for key in GOOD]
    assert again == made
    assert len(set(made)) == len(GOOD)
    before = await counts()
    for key in BAD + BLANK:
        for ask in (request(name, post["id"], clock.now) for name in NAMES):
            refusal = await alice.refused(ask.query, **ask.variables(key))
            assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "idempotencyKey"), key
    assert await counts() == before


async def test_a_key_is_a_text(alice: User) -> None:
    for key in (7, True, ["one"], {"key": "one"}):
        refusal = await alice.refused(CREATE_POST, input=texts("Hello", idempotencyKey=key))
        assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "idempotencyKey"), key
    assert (await alice.do(POSTS_QUERY))["nodes"] == []


async def test_a_long_name_of_an_owner_and_a_long_key_fit_together(login: Callable[[str], User]) -> None:
    user = login("🌱" * 255)
    given = texts("Hello", idempotencyKey="🌳" * 255)
    assert await user.do(CREATE_POST, input=given) == await user.do(CREATE_POST, input=given)


async def test_what_is_kept_with_a_key_gives_no_token_away_and_looks_like_no_other(alice: User) -> None:
    given = {"platform": "X", "accessToken": "sandbox-s3cr3t", "refreshToken": "sandbox-refresh-s3cr3t"}
    for key in ("one", "two"):
        await alice.do(CONNECT_ACCOUNT, input=given | {"idempotencyKey": key})
    rows = await Tortoise.get_connection("default").execute_query_dict("SELECT * FROM idempotency_keys")
    assert "s3cr3t" not in str([dict(row) for row in rows])
    assert len({row["fingerprint"] for row in rows}) == 2


async def test_nothing_is_kept_for_those_who_give_no_key(alice: User, clock: FakeClock, post: Any) -> None:
    await alice.create_queue(post["id"], clock.now + timedelta(hours=1))
    await alice.do(CREATE_QUEUE, **request("createQueue", post["id"], clock.now).variables(None))
    assert (await counts())[-1] == 0


async def test_the_same_input_may_be_written_in_other_ways(alice: User, clock: FakeClock, post: Any) -> None:
    """Ids and times have several forms: a program that asks again may be another one, with another library."""
    given = {"interval": 7, "idempotencyKey": "one", "originalPostId": post["id"]}
    first = await alice.do(CREATE_QUEUE, input=given | {"nextScheduledTime": "2030-01-01T09:00:00.000Z"})
    for time in ("2030-01-01T09:00:00Z", "2030-01-01T09:00:00.0001Z", "2030-01-01T10:00+01:00", "2030-01-01 09:00:00z"):
        assert await alice.do(CREATE_QUEUE, input=given | {"nextScheduledTime": time}) == first, time
    for form in (post["id"].upper(), post["id"].replace("-", "")):
        again = given | {"originalPostId": form, "nextScheduledTime": "2030-01-01T09:00:00Z"}
        assert await alice.do(CREATE_QUEUE, input=again) == first, form
    other = await alice.refused(CREATE_QUEUE, input=given | {"nextScheduledTime": "2030-01-01T09:00:00.001Z"})
    assert other.code == "CONFLICT"
