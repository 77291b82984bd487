"""What the answers of one run of publish_due may make of accounts, and of the breakers of platforms."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from perennial.accounts.breaker_rows import LONE_MEMORY, LONE_PAUSE, PROBE_PAUSE
from perennial.core.states import Platform
from perennial.db.models import ConnectedAccount

from .answers import LATER, SECOND
from .far import Answer, Delivery
from .seen import Seen
from .waiting import blocked

OF_ACCOUNT = {Answer.REJECT_TOKEN, *LATER}
REFUSING = {Answer.OUT_OF_CREDITS}  # answers that are about our app, or about one account that it is refused for
SERVING = {Answer.ACCEPT, Answer.REFUSE, Answer.DUPLICATE}  # answers that show a platform to serve us


class Run(Protocol):
    """The tables before and after a run, and what reached the platforms."""

    @property
    def before(self) -> Seen: ...
    @property
    def after(self) -> Seen: ...
    @property
    def deliveries(self) -> Sequence[Delivery]: ...
    @property
    def now(self) -> datetime: ...
    @property
    def turned_away(self) -> set[tuple[str | None, Platform]]: ...


def check_accounts(run: Run) -> None:
    """An account is given up only where the platform takes its tokens no more; it is blocked as it was told."""
    for account_id, account in run.after.accounts.items():
        before = run.before.accounts[account_id]
        assert account.status == before.status or key(account) in run.turned_away
        answers = {one.answer for one in run.deliveries if (one.account, one.platform) == key(account)}
        if answers & LATER:
            assert blocked(account, run.now)
        if account.blocked_until != before.blocked_until:
            assert answers & {*LATER, *REFUSING}
            assert account.blocked_until is not None
            assert before.blocked_until is None or before.blocked_until < account.blocked_until, "no block shrinks"
            words, longest = (account.blocked_code, account.blocked_message), timedelta(hours=24)
            if words == ("CREDITS", "402"):
                assert answers & REFUSING
                longest = LONE_PAUSE + 4 * SECOND if _was_refused(run, before) else PROBE_PAUSE
            else:
                assert words == ("RATE_LIMITED", "later")
            assert account.blocked_until <= run.now + longest


def check_breakers(run: Run) -> None:
    """A platform that serves nobody gets one probe, when it is time, and nothing else until that one is served.

    An answer that is about the account alone says nothing of the platform: then another account may try. So it may
    while one account alone has met that the platform serves nobody.
    """
    for platform, breaker in run.before.breakers.items():
        answers = [one.answer for one in run.deliveries if one.platform == platform]
        assert not answers or breaker.probe_time <= run.now
        served = [answer in SERVING for answer in answers]
        of_platform = [answer for answer in answers if answer not in OF_ACCOUNT]
        assert len(of_platform) <= (2 if breaker.sole_account_id else 1) or any(served)
        assert (platform in run.after.breakers) or any(served)
    for one in run.deliveries:
        stopped = one.platform in run.after.breakers or _serves(run, one) or _is_alone(run, one)
        assert one.answer != Answer.OUT_OF_CREDITS or stopped


def _is_alone(run: Run, one: Delivery) -> bool:
    """Whether its account was refused a while ago too, and the platform has served others since."""
    was_refused = any(
        key(it) == (one.account, one.platform) and _was_refused(run, it) for it in run.before.accounts.values()
    )
    return was_refused and one.platform not in run.before.breakers


def _was_refused(run: Run, before: ConnectedAccount) -> bool:
    return before.refused_time is not None and run.now - before.refused_time <= LONE_MEMORY


def _serves(run: Run, one: Delivery) -> bool:
    return any(other.platform == one.platform and other.answer in SERVING for other in run.deliveries)


def key(account: ConnectedAccount) -> tuple[str | None, Platform]:
    """What a delivery says of its account."""
    return account.handle, account.platform
