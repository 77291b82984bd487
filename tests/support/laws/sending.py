"""What one run of publish_due, or one late result, may make of a publication, seen from before and after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from perennial.models import ConnectedAccount, Publication

from .far import IN_DOUBT, Answer, Delivery
from .notebook import problem
from .standing import ATTEMPTS_MAX
from .ticking import same, untouched
from .world import Seen

SECOND = timedelta(seconds=1)
PAUSES = [timedelta(seconds=seconds) for seconds in (5, 30, 180, 900)]
LATER = {Answer.LATER, Answer.LATER_AT}


@dataclass(frozen=True)
class Run:
    """One run of publish_due, or several at once: the tables before and after it, and what reached the platforms."""

    before: Seen
    after: Seen
    deliveries: Sequence[Delivery]
    now: datetime

    def check(self) -> None:
        """Each publication became what it had to, and nothing else was touched."""
        for row in self.before.publications.values():
            self._check_one(row, self.after.publications[row.id])
        self._check_accounts()
        assert self.before.posts.keys() == self.after.posts.keys()
        assert self.before.publications.keys() == self.after.publications.keys()
        assert untouched(self.before.queues, self.after.queues)
        assert untouched(self.before.ledger, self.after.ledger)

    def _check_one(self, before: Publication, after: Publication) -> None:
        mine = [one for one in self.deliveries if one.publication == before.id]
        state = before.status.value
        lost = before.lease_expires_at is not None and before.lease_expires_at <= self.now
        if state == "publishing" and lost and before.request_started_time is not None:
            assert not mine, "what may have been sent is not sent again by itself"
            assert after.status.value == "unconfirmed"
        elif (state == "scheduled" or (state == "publishing" and lost)) and self._is_due(before):
            self._check_due(before, after, mine)
        else:
            assert not mine, "what was not due is not sent"
            assert lost or same(before, after)
            assert after.status.value == ("scheduled" if lost else state)

    def _is_due(self, row: Publication) -> bool:
        return row.next_attempt_time is not None and row.next_attempt_time <= self.now

    def _check_due(self, before: Publication, after: Publication, mine: list[Delivery]) -> None:
        """Nothing that is due stays due: it was sent, or there is a reason why not."""
        account = self._account(self.before, before)
        if mine:
            assert account is not None
            assert problem(account, self.now) is None, "who has no usable account sends nothing"
            assert not _blocked(account, self.now), "who was told to wait waits"
            assert len(mine) == 1 or (len(mine) == 2 and mine[0].answer == Answer.REJECT_TOKEN)
            check_answer(before.attempts + 1, after, mine[-1], self.now)
        else:
            self._check_unsent(before, after, account)

    def _check_unsent(self, before: Publication, after: Publication, account: ConnectedAccount | None) -> None:
        assert after.attempts == before.attempts, "what was not sent counts no attempt"
        if after.status.value == "failed":
            afterwards = self._account(self.after, before)
            assert after.error_code == (problem(account, self.now) or problem(afterwards, self.now))
            return
        assert after.status.value == "scheduled"
        assert after.next_attempt_time is not None
        assert after.next_attempt_time >= self.now + SECOND
        assert problem(account, self.now) is None
        key = (self.before.posts[before.post_id].clerk_user_id, before.platform)
        others = {one.answer for one in self.deliveries if (one.owner, one.platform) == key}
        assert _blocked(account, self.now) or others & {*LATER, Answer.REJECT_TOKEN} or _ends_soon(account, self.now)

    def _check_accounts(self) -> None:
        """An account is given up only where the platform takes its tokens no more."""
        for key, account in self.after.accounts.items():
            answers = {one.answer for one in self.deliveries if (one.owner, one.platform) == key}
            was = self.before.accounts[key]
            if account.status != was.status:
                assert Answer.REJECT_TOKEN in answers or _ends_soon(was, self.now)
            if answers & LATER:
                assert _blocked(account, self.now)

    def _account(self, seen: Seen, row: Publication) -> ConnectedAccount | None:
        return seen.accounts.get((self.before.posts[row.post_id].clerk_user_id, row.platform))


def check_answer(attempts: int, after: Publication, last: Delivery, now: datetime) -> None:
    """What the answer makes of the publication; `attempts` counts the request that it answers."""
    state, answer = after.status.value, last.answer
    if answer == Answer.ACCEPT:
        assert last.receipt is not None
        assert (state, after.remote_id, after.url) == ("published", last.receipt.remote_id, last.receipt.url)
        assert after.published_time == now
    elif answer in IN_DOUBT:
        assert (state, after.error_code) == ("unconfirmed", "OUTCOME_UNKNOWN")
    elif answer == Answer.REFUSE:
        assert (state, after.error_code, after.error_message) == ("failed", "REFUSED", "not here")
    elif answer == Answer.UNREACHABLE:
        _check_unreachable(attempts, after, now)
    elif answer in LATER or after.error_code == "REFRESHING":
        assert (state, after.attempts) == ("scheduled", attempts - 1)
        assert after.next_attempt_time is not None
        assert after.next_attempt_time >= now + SECOND
    else:
        assert (state, after.error_code) == ("failed", "RECONNECT_REQUIRED")
    assert state == "scheduled" or after.attempts == attempts


def _check_unreachable(attempts: int, after: Publication, now: datetime) -> None:
    if attempts >= ATTEMPTS_MAX:
        assert after.status.value == "failed"
        return
    assert (after.status.value, after.attempts) == ("scheduled", attempts)
    assert after.next_attempt_time is not None
    pause = PAUSES[attempts - 1]
    assert pause * 0.79 <= after.next_attempt_time - now <= pause * 1.21


def _blocked(account: ConnectedAccount | None, now: datetime) -> bool:
    return account is not None and account.blocked_until is not None and account.blocked_until > now


def _ends_soon(account: ConnectedAccount | None, now: datetime) -> bool:
    expires = account.token_expires_at if account else None
    return expires is not None and expires <= now + timedelta(minutes=1)


def check_late(
    before: Mapping[UUID, Publication], after: Mapping[UUID, Publication], claim: UUID, last: Delivery, now: datetime
) -> None:
    """A result that comes late counts where the claim is still its own; a receipt also settles the claim's doubt."""
    row = before.get(last.publication)
    if row is None:
        return
    ours = row.claim_id == claim
    if ours and (row.status.value == "publishing" or (row.status.value, last.answer) == ("unconfirmed", Answer.ACCEPT)):
        check_answer(row.attempts, after[row.id], last, now)
    else:
        assert same(row, after[row.id]), "a result for a claim that was lost changes nothing"
