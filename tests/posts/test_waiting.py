"""Why a publication waits: for its platform, else for its account, else what its own row says."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from perennial.accounts.blocking import Block
from perennial.core.states import Platform, PublicationStatus
from perennial.posts.waiting import ACCOUNT_WAITS, Reason, account_key, is_due, waiting_reason

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ACCOUNT = UUID(int=7)
MILLISECOND = timedelta(milliseconds=1)
OWN = Reason("UNREACHABLE", "No connection.")
BREAKER: Any = SimpleNamespace(error_code="CREDITS_DEPLETED", error_message="No credit.")
BLOCK = Block(NOW + MILLISECOND, "RATE_LIMITED", "Too many.")
OVER = Block(NOW, "RATE_LIMITED", "Too many.")


def row(status: PublicationStatus = PublicationStatus.SCHEDULED, time: datetime | None = NOW, own: Reason = OWN) -> Any:
    words = {"error_code": own.code, "error_message": own.message}
    of = {"platform": Platform.X, "connected_account_id": ACCOUNT, "unclear_since": None}
    return SimpleNamespace(status=status, next_attempt_time=time, **words, **of)


@pytest.mark.parametrize(
    ("breaker", "account", "reason"),
    [
        (None, None, OWN),
        (BREAKER, None, Reason("CREDITS_DEPLETED", "No credit.")),
        (BREAKER, BLOCK, Reason("CREDITS_DEPLETED", "No credit.")),
        (None, BLOCK, Reason("RATE_LIMITED", "Too many.", NOW + MILLISECOND)),
        (None, Block(NOW + MILLISECOND, None, None), Reason("RATE_LIMITED", ACCOUNT_WAITS, NOW + MILLISECOND)),
        (None, OVER, OWN),
        (BREAKER, OVER, Reason("CREDITS_DEPLETED", "No credit.")),
    ],
)
def test_what_is_due_waits_for_its_platform_then_for_its_account(
    breaker: Any, account: Block | None, reason: Reason
) -> None:
    assert waiting_reason(row(), breaker, account, NOW) == reason
    assert waiting_reason(row(own=Reason(None, None)), None, None, NOW) == Reason(None, None)


@pytest.mark.parametrize("time", [NOW + MILLISECOND, None])
def test_what_is_not_due_waits_for_its_time_alone(time: datetime | None) -> None:
    assert waiting_reason(row(time=time), BREAKER, BLOCK, NOW) == OWN


@pytest.mark.parametrize("status", sorted(set(PublicationStatus) - {PublicationStatus.SCHEDULED}))
def test_what_does_not_wait_says_what_its_row_says(status: PublicationStatus) -> None:
    assert not is_due(row(status), NOW)
    assert waiting_reason(row(status), BREAKER, BLOCK, NOW) == OWN


@pytest.mark.parametrize("status", PublicationStatus)
def test_what_waits_goes_out_from_whichever_account_is_connected_and_what_was_sent_keeps_its_own(
    status: PublicationStatus,
) -> None:
    one = row(status)
    assert account_key(one) == (Platform.X if status == PublicationStatus.SCHEDULED else ACCOUNT)
    one.unclear_since = NOW
    assert account_key(one) == ACCOUNT
