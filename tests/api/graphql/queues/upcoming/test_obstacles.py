"""obstacles: what stands in the way of an occurrence ahead, as far as it is known now."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from support.api import CONNECT_ACCOUNT, DELETE_POST, User, mutation
from support.clock import FakeClock
from support.rows import set_publication, set_queue
from support.statements import Statements
from support.ticks import Tick, due_queue

from perennial.core.instants import instant
from perennial.core.states import AccountStatus, Platform, PublicationStatus, QueueStatus
from perennial.db.models import ConnectedAccount, PlatformBreaker, QueuePost
from perennial.queues.ledger.local_times import in_words
from perennial.queues.recurrence.columns import changed_text

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OF_QUEUE = """
    query ($id: ID!, $first: Int) {
        queue(id: $id) { upcoming(first: $first) { scheduledTime obstacles { code platform message } } }
    }
"""
OF_EACH = """
    query ($first: Int) { queues { nodes { id upcoming(first: $first) { obstacles { code platform message } } } } }
"""
OF_ALL = """
    query ($until: DateTime!, $since: DateTime, $first: Int) {
        upcoming(from: $since, until: $until, first: $first) {
            nodes { queue { id } post { id } scheduledTime obstacles { code platform message } }
        }
    }
"""


async def found(user: User, queue: Any, first: int = 1) -> list[list[Any]]:
    occurrences = (await user.do(OF_QUEUE, id=queue["id"], first=first))["upcoming"]
    return [one["obstacles"] for one in occurrences]


async def codes(user: User, queue: Any, first: int = 1) -> list[list[tuple[str, str | None]]]:
    """The code and the platform of each obstacle, for each occurrence."""
    return [sorted((one["code"], one["platform"]) for one in each) for each in await found(user, queue, first)]


async def set_account(platform: Platform = Platform.X, **columns: Any) -> None:
    assert await ConnectedAccount.filter(platform=platform).update(**columns) == 1


@pytest.fixture
async def connected(alice: User) -> User:
    """Alice, with an account on each platform whose tokens are refreshed."""
    for platform in ("X", "LINKEDIN"):
        tokens = {"accessToken": "sandbox-alice", "refreshToken": "sandbox-refresh-alice"}
        await alice.do(CONNECT_ACCOUNT, input={"platform": platform, **tokens})
    return alice


async def test_nothing_stands_in_the_way_of_a_queue_whose_accounts_are_well(connected: User, queue: Any) -> None:
    assert await found(connected, queue, first=3) == [[], [], []]


async def test_a_platform_without_an_account_is_told(alice: User, queue: Any) -> None:
    assert await found(alice, queue) == [
        [
            {
                "code": "ACCOUNT_MISSING",
                "platform": platform,
                "message": f"No account is connected on {label}: nothing can be published there until one is.",
            }
            for platform, label in (("X", "X"), ("LINKEDIN", "LinkedIn"))
        ]
    ]
    await alice.connect("X")
    assert await codes(alice, queue) == [[("ACCOUNT_MISSING", "LINKEDIN")]]


async def test_another_users_account_does_not_count(alice: User, bob: User, queue: Any) -> None:
    await bob.connect("X", "LINKEDIN")
    assert await codes(alice, queue) == [[("ACCOUNT_MISSING", "LINKEDIN"), ("ACCOUNT_MISSING", "X")]]


async def test_an_account_that_has_to_be_connected_again_is_told_of_every_occurrence(
    connected: User, queue: Any
) -> None:
    await set_account(status=AccountStatus.RECONNECT_REQUIRED)
    assert await codes(connected, queue, first=3) == [[("RECONNECT_REQUIRED", "X")]] * 3


async def test_a_token_that_expires_stands_in_the_way_from_then_on_unless_it_is_refreshed(
    connected: User, queue: Any, clock: FakeClock
) -> None:
    expires = clock.now + HOUR + 7 * DAY
    await set_account(token_expires_at=expires)
    assert await codes(connected, queue, first=3) == [[], [], []]
    await set_account(encrypted_refresh_token=None)
    first, second, third = await found(connected, queue, first=3)
    assert first == []
    assert [(one["code"], in_words(expires, None) in one["message"]) for one in second + third] == [
        ("TOKEN_EXPIRES_BEFORE", True)
    ] * 2


async def test_a_block_stands_in_the_way_of_what_goes_out_before_its_end(
    connected: User, queue: Any, clock: FakeClock
) -> None:
    await set_account(blocked_until=clock.now + HOUR)
    assert await codes(connected, queue) == [[]]
    await set_account(blocked_until=clock.now + 2 * HOUR)
    assert await codes(connected, queue, first=2) == [[("ACCOUNT_BLOCKED", "X")], []]


async def test_its_sentence_has_the_times_of_the_queues_zone(connected: User, queue: Any) -> None:
    until = datetime.fromisoformat("2099-07-01T07:30:00+00:00")
    await set_queue(queue, timezone="Asia/Kathmandu", next_local_time="2099-07-01T09:00:00")
    await set_account(blocked_until=until)
    ((obstacle,),) = await found(connected, queue)
    assert "before Wednesday, 1 July 2099, 13:15 (Asia/Kathmandu): this" in obstacle["message"]


async def test_a_platform_that_goes_out_later_is_judged_at_its_own_time(alice: User, clock: FakeClock) -> None:
    await alice.connect("X", "LINKEDIN")
    post = await alice.create_post(x="Hello", linkedin="Hello there")
    await alice.schedule_post(post["id"], clock.now + 30 * DAY, linkedin=clock.now + 30 * DAY + 3 * HOUR)
    queue = await alice.create_queue(post["id"], clock.now + HOUR)
    for platform in Platform:
        await set_account(platform, blocked_until=clock.now + 2 * HOUR)
    assert await codes(alice, queue) == [[("ACCOUNT_BLOCKED", "X")]]


async def test_a_platform_that_serves_nobody_stands_in_the_way_of_what_goes_out_before_it_is_asked_again(
    connected: User, queue: Any, clock: FakeClock
) -> None:
    times = {"tripped_time": clock.now, "probe_time": clock.now + 2 * HOUR}
    await PlatformBreaker.create(platform=Platform.LINKEDIN, error_code="C", error_message="m", **times)
    assert await codes(connected, queue, first=2) == [[("PLATFORM_TRIPPED", "LINKEDIN")], []]
    await PlatformBreaker.all().update(probe_time=clock.now)
    assert await codes(connected, queue) == [[]]
    clock.advance(hours=2)
    assert await codes(connected, queue, first=2) == [[("PLATFORM_TRIPPED", "LINKEDIN")], []]


async def test_a_deleted_post_is_told(connected: User, queue: Any) -> None:
    await connected.do(DELETE_POST, id=queue["originalPostId"])
    assert await codes(connected, queue, first=3) == [[("ORIGINAL_DELETED", None)]]


async def test_nothing_stands_in_the_way_of_what_is_skipped(alice: User, queue: Any, clock: FakeClock) -> None:
    first = (clock.now + HOUR).replace(tzinfo=None)
    await set_queue(queue, changed_occurrences=changed_text({first: None}))
    assert (await found(alice, queue))[0] == []


DUPLICATES = [("DUPLICATE_TEXT", "LINKEDIN"), ("DUPLICATE_TEXT", "X")]


async def test_an_occurrence_that_is_moved_close_to_the_next_one_repeats_its_text(
    connected: User, clock: FakeClock
) -> None:
    queue = await due_queue(connected, clock.now + HOUR, interval=1)
    assert await codes(connected, queue, first=3) == [[], [], []]
    first, moved = clock.now + HOUR, clock.now + 3 * HOUR
    await set_queue(
        queue, changed_occurrences=changed_text({first.replace(tzinfo=None): moved}), next_scheduled_time=moved,
        next_local_time=first.replace(tzinfo=None).isoformat(timespec="milliseconds"),
    )  # fmt: skip
    one, two, three = await found(connected, queue, first=3)
    assert (one, three) == ([], [])
    assert [(each["code"], each["platform"]) for each in two] == [(code, name) for code, name in reversed(DUPLICATES)]
    assert two[0]["message"] == (
        f"This text goes out on {in_words(first + DAY, None)}, less than 23 hours after the same text from the same "
        f"account on {in_words(moved, None)}: X may refuse it as a duplicate."
    )


@pytest.mark.parametrize("apart", [timedelta(0), timedelta(milliseconds=123)])
async def test_a_text_that_goes_out_with_the_same_is_said_to(
    connected: User, clock: FakeClock, apart: timedelta
) -> None:
    """Also where the times differ by less than a person is shown."""
    time = (clock.now + HOUR).replace(microsecond=0)
    queues = [await due_queue(connected, one, {"x": "Hello"}) for one in (time, time + apart)]
    await set_queue(queues[1], original_post_id=queues[0]["originalPostId"])
    obstacles = [one for queue in queues for one in (await found(connected, queue, first=1))[0]]
    assert {one["message"] for one in obstacles} == {
        f"This text goes out on {in_words(time, None)}, at the same time as the same text from the same account: X may "
        "refuse it as a duplicate."
    }


async def test_posts_that_take_turns_with_other_texts_repeat_nothing(connected: User, clock: FakeClock) -> None:
    queue = await due_queue(connected, clock.now + HOUR, interval=1)
    other = await connected.create_post(x="Another", linkedin="Hello there")
    for position, post_id in enumerate([queue["originalPostId"], other["id"]]):
        await QueuePost.create(queue_id=queue["id"], post_id=post_id, position=position)
    first, moved = clock.now + HOUR, clock.now + 3 * HOUR
    await set_queue(
        queue, changed_occurrences=changed_text({first.replace(tzinfo=None): moved}), next_scheduled_time=moved,
        next_local_time=first.replace(tzinfo=None).isoformat(timespec="milliseconds"),
    )  # fmt: skip
    assert await codes(connected, queue, first=2) == [[], [("DUPLICATE_TEXT", "LINKEDIN")]]


async def test_another_queue_with_the_same_post_shortly_before_repeats_it(connected: User, clock: FakeClock) -> None:
    queue = await due_queue(connected, clock.now + 2 * DAY)
    earlier = await connected.create_queue(queue["originalPostId"], clock.now + 2 * DAY - 22 * HOUR)
    assert await codes(connected, queue, first=2) == [DUPLICATES, DUPLICATES]
    assert await codes(connected, earlier, first=2) == [[], []]
    await set_queue(earlier, next_scheduled_time=clock.now + 2 * DAY - 23 * HOUR)
    assert await codes(connected, queue, first=2) == [[], []]


async def test_another_queue_with_the_same_post_repeats_it_whatever_is_listed_of_it(
    connected: User, clock: FakeClock
) -> None:
    """What of the other comes shortly before need not be among what is asked for."""
    often = await due_queue(connected, clock.now + HOUR, interval=1)
    rarely = await connected.create_queue(often["originalPostId"], clock.now + 3 * DAY + 2 * HOUR)
    expected = await found(connected, rarely, first=2)
    assert [len(each) for each in expected] == [2, 2]
    together = {one["id"]: one["upcoming"] for one in (await connected.do(OF_EACH, first=2))["nodes"]}
    assert [one["obstacles"] for one in together[rarely["id"]]] == expected
    until, since = clock.now + 12 * DAY, clock.now + 3 * DAY + 2 * HOUR
    nodes = (await connected.do(OF_ALL, until=until, since=since))["nodes"]
    assert [one["obstacles"] for one in nodes if one["queue"]["id"] == rarely["id"]] == expected


async def test_another_queue_with_the_same_text_is_seen_where_both_are_listed(
    connected: User, clock: FakeClock
) -> None:
    texts = {"x": "Hello", "linkedin": "Something else"}
    earlier = await due_queue(connected, clock.now + HOUR)
    later = await due_queue(connected, clock.now + 2 * HOUR, texts)
    assert await codes(connected, later) == [[]]
    nodes = (await connected.do(OF_ALL, until=clock.now + DAY))["nodes"]
    assert [(one["queue"]["id"], [each["platform"] for each in one["obstacles"]]) for one in nodes] == [
        (earlier["id"], []),
        (later["id"], ["X"]),
    ]


@pytest.mark.parametrize("hours", [1, 22, 23])
async def test_a_post_that_is_scheduled_shortly_before_is_seen(
    connected: User, queue: Any, clock: FakeClock, hours: int
) -> None:
    clock.advance(days=-2)
    post = await connected.create_post(x="Hello")
    await connected.schedule_post(post["id"], _time(queue) - hours * HOUR)
    assert await codes(connected, queue, first=2) == [[("DUPLICATE_TEXT", "X")] if hours < 23 else [], []]


@pytest.mark.parametrize("status", [PublicationStatus.PUBLISHED, PublicationStatus.UNCONFIRMED])
async def test_a_post_that_was_sent_shortly_before_is_seen(
    connected: User, bob: User, queue: Any, clock: FakeClock, status: PublicationStatus
) -> None:
    sent = {"request_started_time": clock.now - HOUR}
    sent |= {"published_time": clock.now - HOUR} if status == PublicationStatus.PUBLISHED else {}
    await set_publication(await bob.create_post(x="Hello"), status, **sent)
    assert await codes(connected, queue) == [[]]
    post = await connected.create_post(x="Hello")
    await set_publication(post, status, **sent)
    assert await codes(connected, queue, first=2) == [[("DUPLICATE_TEXT", "X")], []]
    await set_publication(post, status, **dict.fromkeys(sent, clock.now - 23 * HOUR))
    assert await codes(connected, queue) == [[]]


async def test_what_was_sent_since_an_overdue_occurrence_fell_due_is_seen(connected: User, clock: FakeClock) -> None:
    """It goes out now, at the next tick."""
    queue = await due_queue(connected, clock.now + HOUR, {"x": "Hello"})
    clock.advance(hours=3)
    assert await codes(connected, queue) == [[]]
    sent = clock.now - HOUR
    await set_publication(
        await connected.create_post(x="Hello"), PublicationStatus.PUBLISHED, request_started_time=sent,
        published_time=sent,
    )  # fmt: skip
    ((obstacle,),) = await found(connected, queue)
    assert obstacle["message"] == (
        f"This text goes out on {in_words(clock.now, None)}, less than 23 hours after the same text from the same "
        f"account on {in_words(sent, None)}: X may refuse it as a duplicate."
    )


async def test_what_the_queue_itself_has_just_published_is_seen(
    connected: User, clock: FakeClock, tick: Tick, process: Any
) -> None:
    queue = await due_queue(connected, clock.now + HOUR, interval=1)
    clock.advance(hours=1)
    await tick()
    await process.publisher.publish_due()
    assert await codes(connected, queue) == [[]]
    await set_queue(queue, next_scheduled_time=clock.now + 5 * HOUR)
    assert await codes(connected, queue) == [DUPLICATES]


async def test_nothing_is_looked_at_for_repetition_if_the_service_is_set_so(
    connected: User, clock: FakeClock, process: Any
) -> None:
    queue = await due_queue(connected, clock.now + 2 * DAY)
    await connected.create_queue(queue["originalPostId"], clock.now + 2 * DAY - HOUR)
    assert await codes(connected, queue) == [DUPLICATES]
    object.__setattr__(process, "settings", process.settings.model_copy(update={"duplicate_hours": 0.0}))
    assert await codes(connected, queue) == [[]]


async def test_a_queue_that_repeats_a_text_too_soon_is_warned_of_when_it_is_made_or_changed(
    connected: User, clock: FakeClock
) -> None:
    earlier = await due_queue(connected, clock.now + HOUR)
    given = {"originalPostId": earlier["originalPostId"], "interval": 7}
    create, update = (mutation(f"{verb}Queue", "queue { id } warnings { code message }") for verb in VERBS)
    made = await connected.do(create, input=given | {"nextScheduledTime": instant(clock.now + 25 * HOUR)})
    assert made["warnings"] == []
    made = await connected.do(create, input=given | {"nextScheduledTime": instant(clock.now + 23 * HOUR)})
    assert [(one["code"], "X may" in one["message"]) for one in made["warnings"]] == [
        ("DUPLICATE_TEXT", False),
        ("DUPLICATE_TEXT", True),
    ]
    changes = {"id": made["queue"]["id"], "nextScheduledTime": instant(clock.now + 26 * HOUR)}
    assert len((await connected.do(update, input=changes))["warnings"]) == 2  # the one at 25 hours is before it now
    await set_queue(earlier, status=QueueStatus.PAUSED)
    assert (await connected.do(update, input=changes | {"maxExecutions": 1}))["warnings"] != []


VERBS = ("create", "update")


@pytest.fixture
def statements(caplog: pytest.LogCaptureFixture) -> Statements:
    return Statements(caplog)


OF_QUEUES = "{ queues(first: 100) { nodes { upcoming(first: 3) { queue { id } post { id } obstacles { code } } } } }"


async def test_twenty_cost_as_many_statements_as_one(connected: User, clock: FakeClock, statements: Statements) -> None:
    for number in range(20):
        await due_queue(
            connected, clock.now + number * HOUR + HOUR, {"x": f"Number {number}", "linkedin": f"Number {number}"}
        )
    until = {"until": clock.now + 30 * DAY}
    one = await statements.of(connected, OF_ALL, first=1, **until)
    assert await statements.of(connected, OF_ALL, first=20, **until) == one
    of_queues = await statements.of(connected, OF_QUEUES.replace("100", "1"))
    assert await statements.of(connected, OF_QUEUES) == of_queues


def _time(queue: Any) -> datetime:
    return datetime.fromisoformat(queue["nextScheduledTime"])
