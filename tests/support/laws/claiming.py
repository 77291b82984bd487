"""What one claim may make of publications, and what becomes of a claim that is given back."""

from datetime import datetime, timedelta

from perennial.db.models import Publication

from .frozen import Frozen
from .seen import Seen
from .ticking import same
from .waiting import is_due, later_ones, reasons

LEASE = timedelta(seconds=120)


def check_claim(before: Seen, after: Seen, worker: Frozen, now: datetime) -> None:
    """What it took is due, on its platform, of accounts that may send; what it ended is over; all else is as it was."""
    taken = 0
    for row in before.publications.values():
        found = after.publications[row.id]
        if same(row, found):
            continue
        assert (row.status, row.platform) == ("scheduled", worker.platform)
        if not is_due(row, now):
            claimed = [one for one in later_ones(before, row, now) if after.publications[one.id].status == "publishing"]
            assert claimed, "it was to be tried again later; a later one of its queue is sent instead"
            assert found.status in {"failed", "unconfirmed"}
            continue
        taken += found.status == "publishing"
        account = before.account_of(row)
        assert account is not None
        assert account.blocked_until is None or account.blocked_until <= now
        _check_taken(row, found, worker, reasons(before, after, row, now), now)
    assert taken <= worker.room


def _check_taken(row: Publication, found: Publication, worker: Frozen, allowed: set[str | None], now: datetime) -> None:
    over = allowed & {"EXPIRED", "SUPERSEDED"}
    if found.status == "publishing":
        assert not over or None in allowed, "what is over is not claimed"
        assert (found.claim_id, found.lease_expires_at) == (worker.claim_id, now + LEASE)
        assert (found.attempts, found.request_started_time) == (row.attempts, None)
    elif row.unclear_since is not None:
        assert over
        assert (found.status, found.error_code) == ("unconfirmed", "OUTCOME_UNKNOWN")
    else:
        assert found.status == "failed"
        assert found.error_code in over


def check_release(before: Seen, after: Seen, worker: Frozen) -> None:
    """What stands is as it was before the claim; what was lost meanwhile is not touched."""
    given_back = {one.row.id for one in worker.claimed}
    for row in before.publications.values():
        found = after.publications[row.id]
        stands = row.id in given_back and row.status == "publishing" and row.claim_id == worker.claim_id
        if stands and row.request_started_time is None:
            assert found.status == "scheduled"
            assert (found.next_attempt_time, found.attempts) == (row.next_attempt_time, row.attempts)
        else:
            assert same(row, found)
