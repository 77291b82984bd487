"""Which times can be scheduled, what a scheduled publication is, and when those of a clone go out."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.core.errors import InvalidInput
from perennial.core.states import Platform, PublicationStatus
from perennial.posts.scheduling import HORIZON, clone_times, validated_time
from perennial.publishing.transitions import new_schedule, scheduled, unscheduled

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
START = datetime(2026, 11, 30, 9, tzinfo=UTC)
X, LINKEDIN = Platform.X, Platform.LINKEDIN
ACCOUNT = UUID(int=7)
MILLISECOND = timedelta(milliseconds=1)

Y2000 = datetime(2000, 1, 1, tzinfo=UTC)
times = st.timedeltas(timedelta(), timedelta(days=70_000)).map(lambda age: Y2000 + age)


@pytest.mark.parametrize(
    ("original", "clone"),
    [
        ({X: NINE, LINKEDIN: NINE + timedelta(minutes=90)}, {X: START, LINKEDIN: START + timedelta(minutes=90)}),
        ({X: NINE + timedelta(minutes=90), LINKEDIN: NINE}, {X: START + timedelta(minutes=90), LINKEDIN: START}),
        ({X: NINE, LINKEDIN: NINE}, {X: START, LINKEDIN: START}),
        ({X: NINE, LINKEDIN: None}, {X: START, LINKEDIN: START}),
        ({X: None, LINKEDIN: None}, {X: START, LINKEDIN: START}),
        ({LINKEDIN: NINE + timedelta(minutes=90)}, {LINKEDIN: START}),
        ({X: None}, {X: START}),
        ({X: NINE, LINKEDIN: NINE + timedelta(days=40)}, {X: START, LINKEDIN: START + timedelta(days=40)}),
        ({}, {}),
    ],
)
def test_a_clone_keeps_the_distances_of_its_original(
    original: dict[Platform, datetime | None], clone: dict[Platform, datetime]
) -> None:
    assert clone_times(original, START) == clone


@given(st.dictionaries(st.sampled_from(Platform), st.none() | times, min_size=1), times)
def test_the_earliest_publication_of_a_clone_goes_out_at_its_start(
    original: dict[Platform, datetime | None], start: datetime
) -> None:
    clone = clone_times(original, start)
    assert clone.keys() == original.keys()
    assert min(clone.values()) == start


def test_a_scheduled_publication_has_its_alarms_id_and_no_past() -> None:
    assert scheduled(NINE, ACCOUNT) == {
        "status": PublicationStatus.SCHEDULED,
        "connected_account_id": ACCOUNT,
        "scheduled_time": NINE,
        "scheduler_id": "publish:2026-11-23T09:00:00.000Z",
        "next_attempt_time": NINE,
        "attempts": 0,
        "lease_expires_at": None,
        "request_started_time": None,
        "error_code": None,
        "error_message": None,
        "retried_time": None,
    }


def test_a_new_publication_is_scheduled_as_one_that_was_there() -> None:
    appointed = dict(new_schedule(NINE, ACCOUNT))
    assert appointed.items() <= scheduled(NINE, ACCOUNT).items()
    assert appointed["scheduled_time"] == appointed["next_attempt_time"] == NINE


def test_unscheduling_undoes_every_column_of_scheduling_and_gives_up_the_claim() -> None:
    draft = unscheduled()
    assert draft.keys() == {*scheduled(NINE, ACCOUNT), "claim_id"}
    assert draft["status"] == PublicationStatus.DRAFT
    assert draft["scheduled_time"] is draft["scheduler_id"] is draft["next_attempt_time"] is None
    assert draft["connected_account_id"] is draft["retried_time"] is None


@pytest.mark.parametrize("time", [NINE, NINE - MILLISECOND, NINE + timedelta(microseconds=999)])
def test_a_time_that_is_not_ahead_by_a_millisecond_is_refused_by_name(time: datetime) -> None:
    with pytest.raises(InvalidInput) as caught:
        validated_time("scheduledTime", time, NINE)
    assert caught.value.field == "scheduledTime"


def test_a_time_beyond_the_horizon_is_refused() -> None:
    assert validated_time("scheduledTime", NINE + HORIZON, NINE) == NINE + HORIZON
    with pytest.raises(InvalidInput):
        validated_time("scheduledTime", NINE + HORIZON + MILLISECOND, NINE)


def test_a_future_time_is_kept_in_utc_and_whole_milliseconds() -> None:
    kolkata = timezone(timedelta(hours=5, minutes=30))
    time = datetime(2026, 11, 23, 15, 30, 0, 123_999, tzinfo=kolkata)
    kept = validated_time("scheduledTime", time, NINE)
    assert kept.isoformat() == "2026-11-23T10:00:00.123000+00:00"
