"""What an answer makes of a publication, in time or late."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from perennial.db.models import Publication

from .far import IN_DOUBT, Answer, Delivery
from .seen import Seen
from .standing import ATTEMPTS_MAX
from .ticking import same

SECOND = timedelta(seconds=1)
PAUSES = [timedelta(seconds=seconds) for seconds in (5, 30, 180, 900)]
# Its tokens were another's to refresh, or were gone with its account, when they were not accepted: it was not sent.
TOKENS_CHANGED = {"REFRESHING", "ACCOUNT_MISSING"}
LATER = {Answer.LATER, Answer.LATER_AT}


def check_answer(before: Publication, attempts: int, after: Publication, last: Delivery, now: datetime) -> None:
    """`attempts` counts the request that the answer is to."""
    state, answer = after.status.value, last.answer
    if answer == Answer.ACCEPT:
        assert last.receipt is not None
        assert (state, after.remote_id, after.url) == ("published", last.receipt.remote_id, last.receipt.url)
        assert after.published_time == now
    elif answer in IN_DOUBT:
        assert (state, after.error_code) == ("unconfirmed", "OUTCOME_UNKNOWN")
    elif answer == Answer.REFUSE:
        assert (state, after.error_code) == ended(before, "REFUSED")
        assert (after.error_message or "").startswith("not here")  # and perhaps what a person can do
    elif answer == Answer.DUPLICATE:
        assert state in ({"failed"} if before.unclear_since is None else {"unconfirmed", "published"})
    elif answer == Answer.UNREACHABLE:
        _check_unreachable(before, attempts, after, now)
    elif answer in {*LATER, Answer.OUT_OF_CREDITS} or after.error_code in TOKENS_CHANGED:
        assert (state, after.attempts) == ("scheduled", attempts - 1)
        assert after.next_attempt_time is not None
        assert after.next_attempt_time >= now + SECOND
    else:
        assert (state, after.error_code) == ended(before, "RECONNECT_REQUIRED")
    assert state == "scheduled" or after.attempts == attempts


def ended(before: Publication, code: str) -> tuple[str, str]:
    """How a try ends that brought no receipt: never in a certainty about an earlier one that may have arrived."""
    return ("failed", code) if before.unclear_since is None else ("unconfirmed", "OUTCOME_UNKNOWN")


def _check_unreachable(before: Publication, attempts: int, after: Publication, now: datetime) -> None:
    if attempts >= ATTEMPTS_MAX:
        assert (after.status.value, after.error_code) == ended(before, "UNREACHABLE")
        return
    assert (after.status.value, after.attempts) == ("scheduled", attempts)
    assert after.next_attempt_time is not None
    pause = PAUSES[attempts - 1]
    assert pause * 0.79 <= after.next_attempt_time - now <= pause * 1.21


def check_late(before: Seen, after: Seen, claim: UUID, deliveries: Sequence[Delivery], now: datetime) -> None:
    """A result that comes late counts where the claim is still its own; a receipt also settles the claim's doubt."""
    for last in {one.publication: one for one in deliveries}.values():
        row = before.publications.get(last.publication)
        if row is None:
            continue
        pending = {"publishing", "unconfirmed", "scheduled"} if last.answer == Answer.ACCEPT else {"publishing"}
        if row.claim_id == claim and row.status.value in pending:
            check_answer(row, row.attempts, after.publications[row.id], last, now)
        else:
            assert same(row, after.publications[row.id]), "a result for a claim that was lost changes nothing"
