"""schedulePost: what is not on its way yet goes out at its time."""

from datetime import timedelta
from typing import Any

import pytest
from support.api import SCHEDULE_POST, UNSCHEDULE_POST, User
from support.clock import FakeClock
from support.rows import set_publication

from perennial.core.instants import instant
from perennial.core.states import PublicationStatus


@pytest.fixture
async def post(alice: User, clock: FakeClock) -> Any:
    """Alice's draft for both platforms."""
    return await alice.create_post(x="Hello", linkedin="Hello there")


def hour(clock: FakeClock, hours: int = 1) -> str:
    return instant(clock.now + timedelta(hours=hours))


async def test_every_publication_is_scheduled_and_keeps_the_id_of_its_alarm(
    alice: User, clock: FakeClock, post: Any
) -> None:
    time = hour(clock)
    scheduled = await alice.do(SCHEDULE_POST, id=post["id"], input={"scheduledTime": time})
    columns = {"status": "SCHEDULED", "scheduledTime": time, "schedulerId": f"publish:{time}"}
    expected = [one | columns for one in post["publications"]]
    assert scheduled == post | {"status": "SCHEDULED", "scheduledTime": time, "publications": expected}
    assert await alice.post(post["id"]) == scheduled


async def test_a_platform_can_have_a_time_of_its_own(alice: User, clock: FakeClock, post: Any) -> None:
    later = clock.now + timedelta(hours=2, minutes=30)
    scheduled = await alice.schedule_post(post["id"], clock.now + timedelta(hours=1), linkedin=later)
    times = {one["platform"]: (one["scheduledTime"], one["schedulerId"]) for one in scheduled["publications"]}
    assert times == {
        "X": (hour(clock), f"publish:{hour(clock)}"),
        "LINKEDIN": (instant(later), f"publish:{instant(later)}"),
    }


async def test_a_time_is_kept_in_utc_and_whole_milliseconds(alice: User, post: Any) -> None:
    given = {"scheduledTime": "2030-01-01T01:00:00.0019+01:00", "platformTimes": None}
    scheduled = await alice.do(SCHEDULE_POST, id=post["id"], input=given)
    assert {one["schedulerId"] for one in scheduled["publications"]} == {"publish:2030-01-01T00:00:00.001Z"}


async def test_what_is_scheduled_can_be_moved(alice: User, clock: FakeClock, post: Any) -> None:
    await alice.schedule_post(post["id"], clock.now + timedelta(hours=1))
    moved = await alice.schedule_post(post["id"], clock.now + timedelta(hours=5))
    assert {one["schedulerId"] for one in moved["publications"]} == {f"publish:{hour(clock, 5)}"}


NO_TIMES = [
    "2000-01-01T00:00:00Z",
    "2030-01-01T00:00:00",
    "2030-01-01",
    "2999-01-01T00:00:00Z",
    "2030-13-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    1_890_000_000,
    None,
]


@pytest.mark.one_dialect
async def test_a_time_that_cannot_be_is_refused_by_name_and_nothing_changes(
    alice: User, clock: FakeClock, post: Any
) -> None:
    for time in NO_TIMES:
        refusal = await alice.refused(SCHEDULE_POST, id=post["id"], input={"scheduledTime": time})
        assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "scheduledTime"), time
        own = {"scheduledTime": hour(clock), "platformTimes": [{"platform": "X", "scheduledTime": time}]}
        refusal = await alice.refused(SCHEDULE_POST, id=post["id"], input=own)
        assert (refusal.code, (refusal.field or "").split(".")[0]) == ("BAD_USER_INPUT", "platformTimes"), time
    assert await alice.post(post["id"]) == post


async def test_the_present_itself_is_refused(alice: User, clock: FakeClock, post: Any) -> None:
    refusal = await alice.refused(SCHEDULE_POST, id=post["id"], input={"scheduledTime": instant(clock.now)})
    assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "scheduledTime")


async def test_a_time_without_an_offset_is_refused_in_a_sentence_for_people(alice: User) -> None:
    refusal = await alice.refused(SCHEDULE_POST, id="any", scheduledTime="2030-01-01T09:00:00")
    assert refusal.field == "scheduledTime"
    assert refusal.message.endswith(
        ": a time needs an offset, as in 2026-11-23T09:00:00Z or 2026-11-23T10:00:00+01:00."
    )
    assert "Expected value" not in refusal.message


@pytest.mark.one_dialect
@pytest.mark.parametrize(
    ("platforms", "field"),
    [
        (["LINKEDIN"], "platformTimes"),
        (["X", "LINKEDIN"], "platformTimes"),
        (["X", "X"], "platformTimes.1.platform"),
        (["MYSPACE"], "platformTimes.0.platform"),
        ([None], "platformTimes.0.platform"),
    ],
)
async def test_a_time_for_a_platform_without_a_text_or_a_second_time_is_refused(
    alice: User, clock: FakeClock, platforms: list[str], field: str
) -> None:
    post = await alice.create_post(x="Hello")
    times = [{"platform": platform, "scheduledTime": hour(clock)} for platform in platforms]
    given = {"scheduledTime": hour(clock), "platformTimes": times}
    refusal = await alice.refused(SCHEDULE_POST, id=post["id"], input=given)
    assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", field)
    assert await alice.post(post["id"]) == post


FATES = [PublicationStatus.PUBLISHED, PublicationStatus.FAILED, PublicationStatus.UNCONFIRMED]


@pytest.mark.parametrize("fate", FATES)
async def test_only_what_is_not_on_its_way_yet_is_moved(
    alice: User, clock: FakeClock, post: Any, fate: PublicationStatus
) -> None:
    await set_publication(post, fate, "X")
    ended, _ = (await alice.post(post["id"]))["publications"]
    scheduled = await alice.schedule_post(post["id"], clock.now + timedelta(hours=1))
    assert scheduled["publications"][0] == ended
    assert scheduled["publications"][1]["scheduledTime"] == hour(clock)


@pytest.mark.parametrize("fate", FATES)
async def test_what_has_ended_cannot_be_given_a_time(
    alice: User, clock: FakeClock, post: Any, fate: PublicationStatus
) -> None:
    await set_publication(post, fate, "X")
    before = await alice.post(post["id"])
    own = {"scheduledTime": hour(clock), "platformTimes": [{"platform": "X", "scheduledTime": hour(clock)}]}
    assert (await alice.refused(SCHEDULE_POST, id=post["id"], input=own)).code == "CONFLICT"
    await set_publication(post, fate)
    refusal = await alice.refused(SCHEDULE_POST, id=post["id"], input={"scheduledTime": hour(clock)})
    assert refusal.code == "CONFLICT"
    assert (await alice.post(post["id"]))["publications"][0] == before["publications"][0]


async def test_nothing_can_be_moved_while_the_post_is_being_published(alice: User, clock: FakeClock, post: Any) -> None:
    await alice.schedule_post(post["id"], clock.now + timedelta(hours=1))
    await set_publication(post, PublicationStatus.PUBLISHING, "X")
    before = await alice.post(post["id"])
    refusal = await alice.refused(SCHEDULE_POST, id=post["id"], input={"scheduledTime": hour(clock, 2)})
    assert refusal.code == "CONFLICT"
    assert (await alice.refused(UNSCHEDULE_POST, id=post["id"])).code == "CONFLICT"
    assert await alice.post(post["id"]) == before
