"""What one run of publish_due may make of publications, seen from before and after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from perennial.core.states import Platform
from perennial.db.models import ConnectedAccount, Publication

from .answers import LATER, SECOND, check_answer
from .far import Answer, Delivery
from .notebook import problem
from .seen import Seen
from .ticking import same, untouched

SERVING = {Answer.ACCEPT, Answer.REFUSE, Answer.DUPLICATE}  # answers that show a platform to serve us


@dataclass(frozen=True)
class Run:
    """One run of publish_due, or several at once: the tables before and after it, and what reached the platforms."""

    before: Seen
    after: Seen
    deliveries: Sequence[Delivery]
    now: datetime
    turned_away: set[tuple[str, Platform]]

    def check(self) -> None:
        """Each publication became what it had to, and nothing else was touched."""
        for row in self.before.publications.values():
            self._check_one(row, self.after.publications[row.id])
        self._check_accounts()
        self._check_breakers()
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
        elif (state == "scheduled" or lost) and self._is_due(before):
            self._check_due(before, after, mine)
        elif state == "unconfirmed" and self._is_due(before):
            assert not mine, "what is in doubt is not sent again by itself"
            self._check_looked_up(before, after)
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
            assert not blocked(account, self.now), "who was told to wait waits"
            assert len(mine) == 1 or (len(mine) == 2 and mine[0].answer == Answer.REJECT_TOKEN)
            check_answer(before, before.attempts + 1, after, mine[-1], self.now)
        elif after.status.value == "scheduled" and self._is_due(after):
            assert before.platform in self.after.breakers, "what is due is sent, where the platform serves"
            assert (after.attempts, after.next_attempt_time) == (before.attempts, before.next_attempt_time)
        else:
            self._check_unsent(before, after, account)

    def _check_unsent(self, before: Publication, after: Publication, account: ConnectedAccount | None) -> None:
        assert after.attempts == before.attempts, "what was not sent counts no attempt"
        if after.status.value == "failed":
            afterwards = self._account(self.after, before)
            assert after.error_code == (problem(account, self.now) or problem(afterwards, self.now))
            return
        if after.status.value == "unconfirmed":
            assert before.unclear_since is not None
            return
        assert after.status.value == "scheduled"
        assert after.next_attempt_time is not None
        assert after.next_attempt_time >= self.now + SECOND
        assert problem(account, self.now) is None
        key = self._key(before)
        others = {one.answer for one in self.deliveries if (one.owner, one.platform) == key}
        assert blocked(account, self.now) or others & LATER or key in self.turned_away or _ends_soon(account, self.now)

    def _check_looked_up(self, before: Publication, after: Publication) -> None:
        """It is found, or it will be looked for again, or a person has to say; time after time."""
        if after.status.value == "published":
            return
        assert after.status.value == "unconfirmed"
        assert not self._is_due(after)
        assert after.attempts == before.attempts

    def _check_accounts(self) -> None:
        """An account is given up only where the platform takes its tokens no more."""
        for key, account in self.after.accounts.items():
            if account.status != self.before.accounts[key].status:
                assert key in self.turned_away
            answers = {one.answer for one in self.deliveries if (one.owner, one.platform) == key}
            if answers & LATER:
                assert blocked(account, self.now)

    def _check_breakers(self) -> None:
        """A platform that serves nobody gets one probe, when it is time, and nothing else until that one is served."""
        for platform, breaker in self.before.breakers.items():
            answers = [one.answer for one in self.deliveries if one.platform == platform]
            assert not answers or breaker.probe_time <= self.now
            served = [answer in SERVING for answer in answers]
            assert len([answer for answer in answers if answer != Answer.REJECT_TOKEN]) <= 1 or any(served)
            assert (platform in self.after.breakers) or any(served)
        for one in self.deliveries:
            assert one.answer != Answer.OUT_OF_CREDITS or one.platform in self.after.breakers or self._serves(one)

    def _serves(self, one: Delivery) -> bool:
        return any(other.platform == one.platform and other.answer in SERVING for other in self.deliveries)

    def _key(self, row: Publication) -> tuple[str, Platform]:
        return self.before.posts[row.post_id].clerk_user_id, row.platform

    def _account(self, seen: Seen, row: Publication) -> ConnectedAccount | None:
        return seen.accounts.get(self._key(row))


def blocked(account: ConnectedAccount | None, now: datetime) -> bool:
    """Whether the platform has told the account to wait."""
    return account is not None and account.blocked_until is not None and account.blocked_until > now


def _ends_soon(account: ConnectedAccount | None, now: datetime) -> bool:
    expires = account.token_expires_at if account else None
    return expires is not None and expires <= now + timedelta(minutes=1)
