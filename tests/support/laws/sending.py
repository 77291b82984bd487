"""What one run of publish_due may make of publications, seen from before and after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from perennial.core.states import Platform
from perennial.db.models import ConnectedAccount, Publication

from .answers import SECOND, check_answer
from .far import Answer, Delivery
from .notebook import problem
from .refusing import check_accounts, check_breakers, key
from .seen import Seen
from .ticking import HORIZON, same, untouched
from .waiting import blocked, is_due, is_given_up, later_ones, reasons


@dataclass(frozen=True)
class Run:
    """One run of publish_due, or several at once: the tables before and after it, and what reached the platforms."""

    before: Seen
    after: Seen
    deliveries: Sequence[Delivery]
    now: datetime
    turned_away: set[tuple[str | None, Platform]]

    def check(self) -> None:
        """Each publication became what it had to, and nothing else was touched."""
        for row in self.before.publications.values():
            self._check_one(row, self.after.publications[row.id])
        check_accounts(self)
        check_breakers(self)
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
        elif (state == "scheduled" or lost) and is_due(before, self.now):
            self._check_due(before, after, mine)
        elif state == "unconfirmed" and is_due(before, self.now):
            assert not mine, "what is in doubt is not sent again by itself"
            self._check_looked_up(before, after)
        elif after.status.value in {"failed", "unconfirmed"} and state == "scheduled":
            self._check_overtaken(before, after, mine)
        else:
            assert not mine, "what was not due is not sent"
            assert lost or same(before, after) or self._is_adopted(before, after)
            assert after.status.value == ("scheduled" if lost else state)

    def _is_adopted(self, before: Publication, after: Publication) -> bool:
        """Whether it is nearly due, and was given the account that is connected, in place of none; and no more."""
        own, columns = self.before.account_of(before), {"connected_account_id": after.connected_account_id}
        assert own is None or own.status == "disconnected"
        assert self.before.present[self.before.owner_of(before), before.platform] == self.before.account_of(after)
        return dict(before) | columns == dict(after) and is_due(before, self.now + HORIZON)

    def _check_overtaken(self, before: Publication, after: Publication, mine: list[Delivery]) -> None:
        """It was to be tried again later; a later one of its queue is sent instead."""
        assert not mine
        later = {one.id for one in later_ones(self.before, before, self.now)}
        assert later & {one.publication for one in self.deliveries} or _is_taken(self.before, self.after, later)
        assert after.attempts == before.attempts
        ended = ("unconfirmed", "OUTCOME_UNKNOWN") if before.unclear_since else ("failed", "SUPERSEDED")
        assert (after.status.value, after.error_code) == ended

    def _check_due(self, before: Publication, after: Publication, mine: list[Delivery]) -> None:
        """Nothing that is due stays due: it was sent, or there is a reason why not."""
        allowed = reasons(self.before, self.after, before, self.now)
        account = self._account(before)
        if mine:
            assert None in allowed, "what is over, or has no usable account, is not sent"
            assert account is not None
            assert problem(account, self.now) is None, "who has no usable account sends nothing"
            assert not blocked(account, self.now), "who was told to wait waits"
            assert {one.account for one in mine} == {account.handle}, "it is sent from its own account"
            assert len(mine) == 1 or (len(mine) == 2 and mine[0].answer == Answer.REJECT_TOKEN)
            check_answer(before, before.attempts + 1, after, mine[-1], self.now)
        elif after.status.value == "scheduled" and is_due(after, self.now):
            self._check_waiting(before, after)
        else:
            self._check_unsent(before, after, allowed)

    def _check_waiting(self, before: Publication, after: Publication) -> None:
        """Because of its platform, or because of its account; and of that nothing is written down here."""
        account = self.after.account_of(after)
        assert account is not None
        assert not is_given_up(before, self.now), "nothing waits for ever"
        assert _schedule(after) == _schedule(before)
        if after.connected_account_id != before.connected_account_id:
            assert account.status != "disconnected", "it has just been given the account that is connected"
            return
        if before.status.value == "publishing" and account.status == "disconnected":
            return  # it came back to its old account just now, and the next call gives it the new one
        assert before.platform in self.after.breakers or blocked(account, self.now), "what is due is sent, if it can be"
        assert before.status.value != "scheduled" or same(before, after) or self._served(before.platform)

    def _served(self, platform: Platform) -> bool:
        """Whether anything was sent there: what was claimed beside it, and given back, has lost an old claim."""
        return any(one.platform == platform for one in self.deliveries)

    def _check_unsent(self, before: Publication, after: Publication, allowed: set[str | None]) -> None:
        assert after.attempts == before.attempts, "what was not sent counts no attempt"
        if after.status.value == "failed":
            assert after.error_code in allowed
            assert before.unclear_since is None
            return
        if after.status.value == "unconfirmed":
            assert allowed - {None}
            assert before.unclear_since is not None
            return
        assert None in allowed
        assert after.status.value == "scheduled"
        assert after.next_attempt_time is not None
        assert after.next_attempt_time >= self.now + SECOND
        account = self._account(before)
        assert account is not None
        assert key(account) in self.turned_away or _ends_soon(account, self.now)

    def _check_looked_up(self, before: Publication, after: Publication) -> None:
        """It is found, or it will be looked for again, or a person has to say; time after time."""
        if after.status.value == "published":
            return
        assert after.status.value == "unconfirmed"
        assert after.attempts == before.attempts
        if is_due(after, self.now):
            assert before.platform in {*self.before.breakers, *self.after.breakers}, "nobody can look just now"
            assert same(before, after)

    def _account(self, row: Publication) -> ConnectedAccount | None:
        """The account from which it may be sent: its own or, where that is not connected any more, the one that is."""
        own = self.before.account_of(row)
        is_connected = own is not None and own.status != "disconnected"
        return own if is_connected else self.before.present.get((self.before.owner_of(row), row.platform))


def _is_taken(before: Seen, after: Seen, ids: set[UUID]) -> bool:
    """Whether any of these was claimed: it is not as it was, though no request went out for it."""
    return any(not same(before.publications[one], after.publications[one]) for one in ids)


def _schedule(row: Publication) -> tuple[object, ...]:
    return row.scheduled_time, row.next_attempt_time, row.attempts, row.error_code


def _ends_soon(account: ConnectedAccount | None, now: datetime) -> bool:
    expires = account.token_expires_at if account else None
    return expires is not None and expires <= now + timedelta(minutes=1)
