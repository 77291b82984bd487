"""What becomes of a publication that is due: it is sent, it waits for a reason, or it ends without a try."""

from datetime import datetime, timedelta

from perennial.core.states import AccountStatus
from perennial.db.models import ConnectedAccount, Publication

from .notebook import problem
from .seen import Seen

EXPIRE_AFTER = timedelta(hours=48)


def is_due(row: Publication, now: datetime) -> bool:
    """Whether its time has come."""
    return row.next_attempt_time is not None and row.next_attempt_time <= now


def blocked(account: ConnectedAccount | None, now: datetime) -> bool:
    """Whether the platform has told the account to wait."""
    return account is not None and account.blocked_until is not None and account.blocked_until > now


def waits(row: Publication, now: datetime) -> bool:
    """Whether it waits to be sent; so does what a dead worker had claimed and not sent."""
    lost = row.lease_expires_at is not None and row.lease_expires_at <= now and row.request_started_time is None
    return row.status == "scheduled" or (row.status == "publishing" and lost)


def is_given_up(row: Publication, now: datetime) -> bool:
    """Whether it was not even due again within the last two days: then it is expired, on whatever account."""
    return row.next_attempt_time is not None and row.next_attempt_time <= now - EXPIRE_AFTER


def is_expired(row: Publication, now: datetime) -> bool:
    """Whether it has waited for two days: since its time, or since a person wanted it to be sent once more."""
    assert row.scheduled_time is not None
    return max(row.scheduled_time, row.retried_time or row.scheduled_time) <= now - EXPIRE_AFTER


def later_ones(seen: Seen, row: Publication, now: datetime) -> list[Publication]:
    """What the same queue would have sent from the same account later than this, and what waits beside it."""
    if row.created_by_queue_id is None or row.retried_time is not None:
        return []
    of_queue = [one for one in seen.publications.values() if one.created_by_queue_id == row.created_by_queue_id]
    beside = [one for one in of_queue if one.platform == row.platform and waits(one, now)]
    later = [one for one in beside if _place(one) > _place(row)]
    return [one for one in later if one.scheduled_time and one.scheduled_time <= now and not is_given_up(one, now)]


def reasons(before: Seen, after: Seen, row: Publication, now: datetime) -> set[str | None]:
    """The reasons for which it may have ended without a request; None among them: it may be sent, or wait."""
    account, present = before.account_of(row), before.present.get((before.owner_of(row), row.platform))
    if is_given_up(row, now):
        return {"EXPIRED"} | (set() if _is_connected(account) else {"ACCOUNT_MISSING"})
    if blocked(account, now):
        return {None}
    if not _is_connected(account):
        return _reasons_without_account(before, after, row, present, now)
    later = later_ones(before, row, now)
    if is_expired(row, now):
        return {"EXPIRED", "SUPERSEDED"} if later else {"EXPIRED"}
    if any(one.connected_account_id == row.connected_account_id for one in later):
        return {"SUPERSEDED"}
    usable = {problem(account, now), problem(after.account_of(row), now)}
    return usable | ({"SUPERSEDED"} if later else set())  # which others are just now given this account


def _reasons_without_account(
    before: Seen, after: Seen, row: Publication, present: ConnectedAccount | None, now: datetime
) -> set[str | None]:
    """It is given the account that is connected now, and may then be sent as any other; or there is none for it."""
    if present is None or row.unclear_since is not None:
        return {"ACCOUNT_MISSING"}
    found: set[str | None] = {None, problem(present, now), problem(after.accounts[present.id], now)}
    found |= {"EXPIRED"} if is_expired(row, now) else set()
    return found | ({"SUPERSEDED"} if later_ones(before, row, now) else set())


def _is_connected(account: ConnectedAccount | None) -> bool:
    return account is not None and account.status != AccountStatus.DISCONNECTED


def _place(row: Publication) -> tuple[datetime | None, str]:
    return row.scheduled_time, str(row.id)
