"""What a result makes of a publication: the table of result and attempts, and what holds for every result."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.core.platform_errors import (
    Duplicate,
    NotSent,
    OperatorFault,
    OutcomeUnknown,
    PlatformError,
    ReconnectRequired,
    Refused,
    TokenRejected,
)
from perennial.core.states import Platform, PublicationStatus
from perennial.platforms.transport import Receipt
from perennial.publishing.outcomes import (
    ATTEMPTS_MAX,
    BLOCKED_MAX,
    LOOK_UP_TIMES,
    MESSAGE_LENGTH_MAX,
    PAUSES,
    PROBE_PAUSE,
    RESET_SLACK,
    Result,
    after_sending,
)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)

UNREACHABLE = NotSent("UNREACHABLE", "no route")
THROTTLED = NotSent("RATE_LIMITED", "slow down", retry_at=MIDNIGHT, costs_attempt=False, blocks_account=True)
BLOCKED = NotSent("RATE_LIMITED", "the account waits", retry_at=MIDNIGHT, costs_attempt=False)
NAMED = NotSent("BUSY", "come back at noon", retry_at=NOW + timedelta(hours=1))


OUT_OF_CREDIT = OperatorFault("CREDITS_DEPLETED", "no credit", "Buy some.")


@dataclass
class Sent:
    """What the rules need to know of a publication."""

    attempts: int
    platform: Platform = Platform.X
    unclear_since: datetime | None = None


def after(attempts: int, result: Result, factor: float = 1.0, **more: Any) -> dict[str, Any]:
    return after_sending(Sent(attempts, **more), result, NOW, lambda: factor)


def again(attempts: int, time: datetime, error: PlatformError) -> dict[str, Any]:
    return {
        "status": PublicationStatus.SCHEDULED,
        "claim_id": None,
        "lease_expires_at": None,
        "request_started_time": None,
        "attempts": attempts,
        "next_attempt_time": time,
        "error_code": error.code,
        "error_message": str(error),
    }


def failed(code: str, message: str) -> dict[str, Any]:
    return {
        "status": PublicationStatus.FAILED,
        "claim_id": None,
        "lease_expires_at": None,
        "next_attempt_time": None,
        "error_code": code,
        "error_message": message,
    }


@pytest.mark.parametrize(
    ("attempts", "result", "columns"),
    [
        (1, UNREACHABLE, again(1, NOW + timedelta(seconds=5), UNREACHABLE)),
        (2, UNREACHABLE, again(2, NOW + timedelta(seconds=30), UNREACHABLE)),
        (3, UNREACHABLE, again(3, NOW + timedelta(minutes=3), UNREACHABLE)),
        (4, UNREACHABLE, again(4, NOW + timedelta(minutes=15), UNREACHABLE)),
        (5, UNREACHABLE, failed("UNREACHABLE", "no route")),
        (1, NAMED, again(1, NOW + timedelta(hours=1), NAMED)),
        (5, NAMED, failed("BUSY", "come back at noon")),
        (1, THROTTLED, again(0, MIDNIGHT + RESET_SLACK, THROTTLED)),
        (5, THROTTLED, again(4, MIDNIGHT + RESET_SLACK, THROTTLED)),
        (3, BLOCKED, again(2, MIDNIGHT, BLOCKED)),
        (5, OUT_OF_CREDIT, again(4, NOW + PROBE_PAUSE, OUT_OF_CREDIT)),
        (1, Duplicate("said before", "17", "https://x.com/i/17"), failed("DUPLICATE_CONTENT", "said before")),
        (1, ReconnectRequired("connect again"), failed("RECONNECT_REQUIRED", "connect again")),
        (1, TokenRejected("Unauthorized"), failed("RECONNECT_REQUIRED", "Unauthorized")),
    ],
)
def test_a_result_and_the_attempts_so_far_make_the_columns(
    attempts: int, result: Result, columns: dict[str, Any]
) -> None:
    assert after(attempts, result) == columns


@pytest.mark.parametrize("attempts", range(1, ATTEMPTS_MAX + 2))
def test_a_receipt_publishes_at_any_attempt_and_takes_old_errors_away(attempts: int) -> None:
    assert after(attempts, Receipt("17", "https://x.com/alice/status/17")) == {
        "status": PublicationStatus.PUBLISHED,
        "claim_id": None,
        "lease_expires_at": None,
        "next_attempt_time": None,
        "remote_id": "17",
        "url": "https://x.com/alice/status/17",
        "published_time": NOW,
        "error_code": None,
        "error_message": None,
    }


@pytest.mark.parametrize("attempts", range(1, ATTEMPTS_MAX + 1))
def test_a_doubt_is_no_retry_at_any_attempt_keeps_its_claim_for_a_late_answer_and_is_looked_into(attempts: int) -> None:
    assert after(attempts, OutcomeUnknown("no answer")) == {
        "status": PublicationStatus.UNCONFIRMED,
        "lease_expires_at": None,
        "next_attempt_time": NOW + LOOK_UP_TIMES[0],
        "look_ups": 0,
        "error_code": "OUTCOME_UNKNOWN",
        "error_message": "no answer",
    }


def test_a_doubt_on_linkedin_says_that_nobody_can_look() -> None:
    row = after(1, OutcomeUnknown("no " * 1000), platform=Platform.LINKEDIN)
    assert row["next_attempt_time"] is None
    assert len(row["error_message"]) == MESSAGE_LENGTH_MAX
    assert row["error_message"].endswith("confirm it with its URL, or retry it.")


ENDS = [Duplicate("said before"), Refused("REFUSED", "no"), TokenRejected("no"), ReconnectRequired("no"), UNREACHABLE]


@pytest.mark.parametrize("result", ENDS, ids=lambda result: type(result).__name__)
def test_after_an_unclear_try_no_other_try_ends_the_doubt_but_by_a_receipt(result: Result) -> None:
    row = after(ATTEMPTS_MAX, result, unclear_since=NOW)
    assert (row["status"], row["error_code"]) == (PublicationStatus.UNCONFIRMED, "OUTCOME_UNKNOWN")
    assert row["error_message"] == str(result)
    row = after(1, Receipt("17", "https://x.com/i/17"), unclear_since=NOW)
    assert row["status"] == PublicationStatus.PUBLISHED


def test_a_clock_that_is_a_second_ahead_does_not_come_back_before_midnight() -> None:
    for factor in (0.8, 1.0, 1.2):  # what recording draws its jitter from
        ahead = timedelta(seconds=1)
        assert after(1, THROTTLED, factor)["next_attempt_time"] - ahead > MIDNIGHT


def test_the_slack_after_a_reset_spreads_those_who_wait_for_it() -> None:
    assert after(1, THROTTLED, 0.8)["next_attempt_time"] < after(1, THROTTLED, 1.2)["next_attempt_time"]


def test_the_words_of_a_platform_are_cut_to_what_a_reader_needs() -> None:
    assert len(after(1, Refused("REFUSED", "no " * 1000))["error_message"]) == MESSAGE_LENGTH_MAX


times = st.none() | st.timedeltas(timedelta(days=-2), timedelta(days=2)).map(lambda delta: NOW + delta)
not_sent = st.builds(
    lambda time, costs, blocks: NotSent("C", "m", retry_at=time, costs_attempt=costs, blocks_account=blocks),
    times,
    st.booleans(),
    st.booleans(),
)
errors = st.sampled_from([Refused("C", "m"), ReconnectRequired("m"), TokenRejected("m"), OutcomeUnknown("m")])
results = not_sent | errors | st.just(Receipt("1", "https://x.com/i/web/status/1"))
attempts_so_far = st.integers(1, ATTEMPTS_MAX)
factors = st.floats(0.8, 1.2)


@given(attempts_so_far, results, factors)
def test_nothing_is_ever_tried_again_at_once_or_with_no_attempt_left(
    attempts: int, result: Result, factor: float
) -> None:
    row = after(attempts, result, factor)
    if row["status"] == PublicationStatus.SCHEDULED:
        assert row["next_attempt_time"] >= NOW + timedelta(seconds=1)
        assert 0 <= row["attempts"] < ATTEMPTS_MAX
    elif row["status"] == PublicationStatus.UNCONFIRMED:
        assert row["next_attempt_time"] == NOW + LOOK_UP_TIMES[0]
    else:
        assert row["next_attempt_time"] is None


@given(attempts_so_far, not_sent, factors)
def test_what_costs_no_attempt_keeps_the_count_and_what_costs_one_raises_it(
    attempts: int, result: NotSent, factor: float
) -> None:
    row = after(attempts, result, factor)
    before = attempts - 1
    if not result.costs_attempt:
        assert (row["status"], row["attempts"]) == (PublicationStatus.SCHEDULED, before)
    elif before + 1 < ATTEMPTS_MAX:
        assert (row["status"], row["attempts"]) == (PublicationStatus.SCHEDULED, before + 1)
    else:
        assert row["status"] == PublicationStatus.FAILED


@given(factors)
def test_the_pauses_grow_whatever_the_jitter_does(factor: float) -> None:
    longest_before = timedelta()
    for attempts in range(1, len(PAUSES) + 1):
        pause = after(attempts, UNREACHABLE, factor)["next_attempt_time"] - NOW
        assert pause > longest_before
        longest_before = after(attempts, UNREACHABLE, 1.2)["next_attempt_time"] - NOW


@given(attempts_so_far, not_sent, factors)
def test_a_named_time_is_never_come_back_before(attempts: int, result: NotSent, factor: float) -> None:
    """But for an account that is to wait for more than a day: then it asks again after a day."""
    row = after(attempts, result, factor)
    if row["next_attempt_time"] is not None and result.retry_at is not None:
        named = min(result.retry_at, NOW + BLOCKED_MAX) if result.blocks_account else result.retry_at
        assert row["next_attempt_time"] >= named.replace(microsecond=named.microsecond // 1000 * 1000)


def test_an_account_is_blocked_for_a_day_at_most() -> None:
    month = NotSent("RATE_LIMITED", "m", retry_at=NOW + timedelta(days=30), costs_attempt=False, blocks_account=True)
    assert after(1, month, 1.2)["next_attempt_time"] == NOW + BLOCKED_MAX
