"""Warnings: what will keep a post from being published, said by the mutation after which that is known."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from support.api import CONNECT_ACCOUNT, User, mutation
from support.clock import FakeClock
from support.rows import set_publication
from support.statements import Statements

from perennial.core.instants import instant
from perennial.core.states import AccountStatus, PublicationStatus
from perennial.db.models import ConnectedAccount

WARNINGS = "warnings { code message field }"
BOTH = [{"platform": "LINKEDIN", "content": "Hello there"}, {"platform": "X", "content": "Hello"}]
MISSING = [("ACCOUNT_MISSING", "LinkedIn"), ("ACCOUNT_MISSING", "X")]


async def warned(user: User, name: str, **given: Any) -> list[Any]:
    """The mutation's warnings."""
    found: list[Any] = (await user.do(mutation(name, WARNINGS), input=given))["warnings"]
    return found


async def codes(user: User, name: str, **given: Any) -> list[tuple[str, str]]:
    """The code and the platform of each of the mutation's warnings, by platform."""
    found = await warned(user, name, **given)
    return sorted((one["code"], "LinkedIn" if "LinkedIn" in one["message"] else "X") for one in found)


async def connect(user: User, platform: str, expires: datetime | None = None, refresh: str | None = None) -> None:
    given = {"platform": platform, "accessToken": f"sandbox-{user.name}", "refreshToken": refresh}
    await user.do(CONNECT_ACCOUNT, input=given | {"expiresAt": instant(expires) if expires else None})


@pytest.fixture
async def post(alice: User) -> Any:
    """Alice's draft for both platforms."""
    return await alice.create_post(x="Hello", linkedin="Hello there")


async def test_a_text_for_a_platform_without_an_account_is_warned_of_by_its_field(alice: User) -> None:
    assert await warned(alice, "createPost", publications=BOTH) == [
        {
            "code": "ACCOUNT_MISSING",
            "message": f"No account is connected on {platform}: nothing can be published there until one is.",
            "field": f"publications.{index}.platform",
        }
        for index, platform in enumerate(["LinkedIn", "X"])
    ]
    await alice.connect("X")
    (warning,) = await warned(alice, "createPost", publications=BOTH)
    assert (warning["code"], warning["field"]) == ("ACCOUNT_MISSING", "publications.0.platform")
    await alice.connect("LINKEDIN")
    assert await warned(alice, "createPost", publications=BOTH) == []


async def test_another_users_accounts_do_not_count(alice: User, bob: User) -> None:
    await bob.connect("X", "LINKEDIN")
    assert await codes(alice, "createPost", publications=BOTH) == MISSING


async def test_every_mutation_after_which_something_is_to_be_sent_warns(
    alice: User, clock: FakeClock, post: Any
) -> None:
    time = instant(clock.now + timedelta(hours=1))
    assert await codes(alice, "updatePost", id=post["id"], publications=BOTH) == MISSING
    assert await codes(alice, "clonePost", id=post["id"]) == MISSING
    assert await codes(alice, "schedulePost", id=post["id"], scheduledTime=time) == MISSING
    given = {"originalPostId": post["id"], "interval": 7, "nextScheduledTime": time}
    assert await codes(alice, "createQueue", **given) == MISSING
    queue = await alice.create_queue(post["id"], clock.now + timedelta(hours=1))
    assert await codes(alice, "updateQueue", id=queue["id"], interval=8) == MISSING
    assert await codes(alice, "pauseQueue", id=queue["id"]) == []
    assert await codes(alice, "resumeQueue", id=queue["id"], nextScheduledTime=time) == MISSING
    assert await codes(alice, "resumeQueues", ids=[queue["id"]]) == MISSING
    assert await codes(alice, "unschedulePost", id=post["id"]) == []
    await set_publication(post, PublicationStatus.FAILED, "X", scheduled_time=clock.now)
    failed = next(one for one in (await alice.post(post["id"]))["publications"] if one["platform"] == "X")
    assert await codes(alice, "retryPublication", id=failed["id"]) == [("ACCOUNT_MISSING", "X")]
    assert await codes(alice, "deletePost", id=post["id"]) == []


async def test_a_queue_whose_post_was_deleted_has_nothing_to_warn_of(alice: User, clock: FakeClock, post: Any) -> None:
    queue = await alice.create_queue(post["id"], clock.now + timedelta(hours=1))
    await alice.do(mutation("deletePost", "deletedId"), id=post["id"])
    assert await codes(alice, "updateQueue", id=queue["id"], interval=8) == []


@pytest.mark.parametrize("status", [PublicationStatus.PUBLISHED, PublicationStatus.UNCONFIRMED])
async def test_what_was_sent_is_not_warned_of(alice: User, post: Any, status: PublicationStatus) -> None:
    await set_publication(post, status, "X")
    publications = [{"platform": "X", "content": "Hello"}, {"platform": "LINKEDIN", "content": "Anew"}]
    assert await codes(alice, "updatePost", id=post["id"], publications=publications) == [
        ("ACCOUNT_MISSING", "LinkedIn")
    ]


async def test_an_account_that_is_to_be_connected_again_is_warned_of(alice: User) -> None:
    await alice.connect("X", "LINKEDIN")
    await ConnectedAccount.filter(clerk_user_id=alice.name, platform="x").update(
        status=AccountStatus.RECONNECT_REQUIRED
    )
    (warning,) = await warned(alice, "createPost", publications=BOTH)
    assert warning["code"] == "RECONNECT_REQUIRED"
    assert (
        warning["message"] == "The account on X has to be connected again: nothing can be published there until it is."
    )


async def test_a_token_that_expires_before_the_post_is_sent_is_warned_of(
    alice: User, clock: FakeClock, post: Any
) -> None:
    await connect(alice, "X", clock.now + timedelta(days=20))
    await alice.connect("LINKEDIN")
    expires = [("TOKEN_EXPIRES", "X")]

    async def scheduled(days: int, **platform_time: int) -> list[tuple[str, str]]:
        times = [
            {"platform": one, "scheduledTime": instant(clock.now + timedelta(days=days))}
            for one, days in platform_time.items()
        ]
        time = instant(clock.now + timedelta(days=days))
        return await codes(alice, "schedulePost", id=post["id"], scheduledTime=time, platformTimes=times)

    assert await scheduled(19) == []
    assert await scheduled(20) == expires
    assert await scheduled(30) == expires
    assert await scheduled(30, X=5) == []
    assert await scheduled(5, X=30) == expires


async def test_the_platforms_of_a_queue_keep_their_distance(alice: User, clock: FakeClock, post: Any) -> None:
    """X follows LinkedIn after two days, so its token has to last two days longer than until the occurrence."""
    await alice.connect("LINKEDIN")
    await connect(alice, "X", clock.now + timedelta(days=20))
    start = clock.now + timedelta(hours=1)
    await alice.schedule_post(post["id"], start, x=start + timedelta(days=2))
    queue = await alice.create_queue(post["id"], clock.now + timedelta(days=1))
    for days, expected in ((17, []), (19, [("TOKEN_EXPIRES", "X")])):
        time = instant(clock.now + timedelta(days=days))
        assert await codes(alice, "updateQueue", id=queue["id"], nextScheduledTime=time) == expected


async def test_a_draft_is_warned_of_a_token_that_expires_within_a_week(alice: User, clock: FakeClock) -> None:
    await alice.connect("LINKEDIN")
    for days, expected in ((8, []), (7, [("TOKEN_EXPIRES", "X")]), (1, [("TOKEN_EXPIRES", "X")])):
        await connect(alice, "X", clock.now + timedelta(days=days))
        assert await codes(alice, "createPost", publications=BOTH) == expected


async def test_a_token_that_can_be_refreshed_is_not_warned_of(alice: User, clock: FakeClock, post: Any) -> None:
    for platform in ("X", "LINKEDIN"):
        await connect(alice, platform, clock.now + timedelta(hours=2), "sandbox-refresh")
    time = instant(clock.now + timedelta(days=50))
    assert await codes(alice, "schedulePost", id=post["id"], scheduledTime=time) == []


async def test_connecting_warns_of_a_token_that_expires_within_a_week(alice: User, clock: FakeClock) -> None:
    given = {"platform": "X", "accessToken": "sandbox-alice"}
    soon, later = (instant(clock.now + timedelta(days=days)) for days in (3, 8))
    (warning,) = await warned(alice, "connectAccount", **given, expiresAt=soon)
    assert (warning["code"], warning["field"]) == ("TOKEN_EXPIRES", "expiresAt")
    assert warning["message"] == (
        f"The access token of the account on X expires at {soon}, and there is no refresh token: connect the account "
        "again before that."
    )
    assert await warned(alice, "connectAccount", **given, expiresAt=later) == []
    assert await warned(alice, "connectAccount", **given, expiresAt=soon, refreshToken="sandbox-refresh") == []
    assert await warned(alice, "connectAccount", **given) == []


async def test_a_repeated_key_answers_the_warnings_as_they_are_now(alice: User, clock: FakeClock) -> None:
    post = {"publications": BOTH, "idempotencyKey": "a post"}
    assert await codes(alice, "createPost", **post) == MISSING
    await alice.connect("X", "LINKEDIN")
    assert await codes(alice, "createPost", **post) == []
    given = {"platform": "X", "accessToken": "sandbox-alice", "idempotencyKey": "an account"}
    account = given | {"expiresAt": instant(clock.now + timedelta(days=8))}
    assert await codes(alice, "connectAccount", **account) == []
    clock.advance(hours=23, minutes=59)
    await ConnectedAccount.filter(platform="x").update(token_expires_at=clock.now + timedelta(days=7))
    assert await codes(alice, "connectAccount", **account) == [("TOKEN_EXPIRES", "X")]


async def test_an_account_that_the_same_document_connects_is_seen(alice: User) -> None:
    (linkedin,) = await alice.connect("LINKEDIN")
    document = f"""
        mutation ($account: ConnectAccountInput!, $post: CreatePostInput!, $linkedin: DisconnectAccountInput!) {{
            before: createPost(input: $post) {{ {WARNINGS} }}
            connectAccount(input: $account) {{ {WARNINGS} }}
            between: createPost(input: $post) {{ {WARNINGS} }}
            disconnectAccount(input: $linkedin) {{ {WARNINGS} }}
            after: createPost(input: $post) {{ {WARNINGS} }}
        }}
    """
    given = {
        "account": {"platform": "X", "accessToken": "sandbox-alice"},
        "post": {"publications": BOTH},
        "linkedin": {"id": linkedin["id"]},
    }
    answer = (await alice.execute(document, **given))["data"]
    fields = {name: [one["field"] for one in payload["warnings"]] for name, payload in answer.items()}
    nothing: list[str] = []
    assert fields == {
        "before": ["publications.1.platform"],
        "connectAccount": nothing,
        "between": nothing,
        "disconnectAccount": nothing,
        "after": ["publications.0.platform"],
    }


async def test_accounts_are_read_only_for_those_who_ask_and_once_for_all_platforms(
    alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    await alice.connect("X", "LINKEDIN")
    statements = Statements(caplog)
    given = {"publications": BOTH}
    without = await statements.of(alice, mutation("createPost", "post { id }"), input=given)
    for asked in (f"post {{ id }} {WARNINGS}", f"{WARNINGS} post {{ publications {{ id account {{ id }} }} }}"):
        counted = [
            await statements.of(alice, mutation("createPost", asked), input={"publications": some})
            for some in (BOTH[:1], BOTH)
        ]
        assert counted[0] == counted[1] > without
