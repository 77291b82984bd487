"""Whether an account can publish, now and at a time to come: a table of cases."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from perennial.accounts.usability import SOON, expires_soon, foreseen_reason, unusable_reason
from perennial.core.states import AccountStatus

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ACTIVE, MARKED = AccountStatus.ACTIVE, AccountStatus.RECONNECT_REQUIRED


class Account(NamedTuple):
    status: AccountStatus
    token_expires_at: datetime | None
    encrypted_refresh_token: str | None


def account(status: AccountStatus, expires_in: timedelta | None, *, refreshed: bool) -> Account:
    return Account(status, None if expires_in is None else NOW + expires_in, "secret" if refreshed else None)


EXPIRED, HOUR, DAYS_8 = timedelta(), timedelta(hours=1), timedelta(days=8)
# status, expires in, has a refresh token: unusable now, what is foreseen in two hours, and whether it expires soon
CASES = [
    (ACTIVE, None, False, None, None, False),
    (ACTIVE, None, True, None, None, False),
    (ACTIVE, EXPIRED, True, None, None, False),  # it is refreshed before it is used
    (ACTIVE, HOUR, True, None, None, False),
    (ACTIVE, HOUR, False, None, "TOKEN_EXPIRES", True),
    (ACTIVE, timedelta(hours=2), False, None, "TOKEN_EXPIRES", True),  # from that moment on it is not accepted
    (ACTIVE, SOON, False, None, None, True),
    (ACTIVE, SOON + timedelta(milliseconds=1), False, None, None, False),
    (ACTIVE, EXPIRED, False, "RECONNECT_REQUIRED", "RECONNECT_REQUIRED", True),
    (MARKED, None, True, "RECONNECT_REQUIRED", "RECONNECT_REQUIRED", False),
    (MARKED, EXPIRED, True, "RECONNECT_REQUIRED", "RECONNECT_REQUIRED", True),  # the refresh token is dead
    (MARKED, HOUR, True, "RECONNECT_REQUIRED", "RECONNECT_REQUIRED", True),
    (MARKED, DAYS_8, False, "RECONNECT_REQUIRED", "RECONNECT_REQUIRED", False),
    (AccountStatus.DISCONNECTED, None, False, "ACCOUNT_MISSING", "ACCOUNT_MISSING", False),
    (AccountStatus.DISCONNECTED, EXPIRED, False, "ACCOUNT_MISSING", "ACCOUNT_MISSING", False),
]


@pytest.mark.parametrize(("status", "expires_in", "refreshed", "unusable", "foreseen", "soon"), CASES)
def test_an_account_can_be_used_until_its_token_expires_for_good(
    status: AccountStatus,
    expires_in: timedelta | None,
    refreshed: bool,
    unusable: str | None,
    foreseen: str | None,
    soon: bool,
) -> None:
    one = account(status, expires_in, refreshed=refreshed)
    assert unusable_reason(one, NOW) == unusable
    assert foreseen_reason(one, NOW + timedelta(hours=2), NOW) == foreseen
    assert expires_soon(one, NOW) is soon


def test_without_an_account_nothing_can_be_published() -> None:
    assert unusable_reason(None, NOW) == foreseen_reason(None, NOW + HOUR, NOW) == "ACCOUNT_MISSING"
