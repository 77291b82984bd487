"""The laws about accounts that hold at any moment: what is sent from which, what waits for which, and until when."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from perennial.core.states import AccountStatus, PublicationStatus

from .case import Case
from .far import Answer

CLOCK_SLACK = timedelta(seconds=5)


def what_a_look_up_found_is_no_older_than_the_request(case: Case) -> None:
    """A post that was there before is somebody else's; but for the platform's own word that it is the same post."""
    texts = {one.receipt.remote_id: one for one in case.deliveries if one.receipt}
    known = {one.publication for one in case.deliveries if one.answer == Answer.DUPLICATE} | set(
        case.notebook.confirmed
    )
    for row in case.seen.publications.values():
        if row.status == PublicationStatus.PUBLISHED and row.id not in known:
            found, since = texts[str(row.remote_id)], row.unclear_since or row.request_started_time
            assert since is not None
            assert found.publication == row.id or found.time >= since - CLOCK_SLACK, row.id


def it_was_sent_from_its_account(case: Case) -> None:
    """The receipt is of the account that the publication names, whichever is connected now."""
    texts = {one.receipt.remote_id: one for one in case.deliveries if one.receipt}
    for row in case.seen.publications.values():
        if row.status == PublicationStatus.PUBLISHED and row.id not in case.notebook.confirmed:
            account = case.seen.account_of(row)
            assert account is not None
            assert texts[str(row.remote_id)].account == account.handle


def what_waits_names_the_account_that_is_connected(case: Case) -> None:
    """What came back to an account that is disconnected waits there until it is due, and so does all where none is.

    What may have been sent from another account keeps that; a draft names none.
    """
    for row in case.seen.publications.values():
        if row.status == PublicationStatus.DRAFT:
            assert row.connected_account_id is None, row.id
        elif row.status == PublicationStatus.SCHEDULED and row.unclear_since is None:
            present, account = case.seen.present.get((case.seen.owner_of(row), row.platform)), case.seen.account_of(row)
            assert account is None or account.status == AccountStatus.DISCONNECTED or account == present, row.id
            assert account is None or account.clerk_user_id == case.seen.owner_of(row)


def a_head_is_not_late(case: Case) -> None:
    """An account is worth a look as soon as anything of it is due, unless it is blocked for longer."""
    first: dict[UUID, datetime] = {}
    for row in case.seen.publications.values():
        if row.status == PublicationStatus.SCHEDULED and row.connected_account_id and row.next_attempt_time:
            earliest = first.get(row.connected_account_id, row.next_attempt_time)
            first[row.connected_account_id] = min(earliest, row.next_attempt_time)
    for account_id, time in first.items():
        account = case.seen.accounts[account_id]
        latest = max(time, account.blocked_until or time)
        assert account.next_due is not None, account_id
        assert account.next_due <= latest, (account_id, account.next_due, latest)


def an_owner_has_one_account_on_a_platform(case: Case) -> None:
    """Those that were connected before have no tokens any more."""
    rows = list(case.seen.accounts.values())
    assert len(case.seen.present) == len([row for row in rows if row.status != AccountStatus.DISCONNECTED])
    for row in rows:
        has_tokens = (row.encrypted_access_token, row.encrypted_refresh_token) != ("", None)
        assert has_tokens == (row.status != AccountStatus.DISCONNECTED), row.id


ACCOUNT_LAWS: list[Callable[[Case], None]] = [
    what_a_look_up_found_is_no_older_than_the_request,
    it_was_sent_from_its_account,
    what_waits_names_the_account_that_is_connected,
    a_head_is_not_late,
    an_owner_has_one_account_on_a_platform,
]
