"""What an owner does with accounts."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from perennial.accounts.accounts import DISCONNECTING
from perennial.core.errors import Conflict
from perennial.core.states import Platform
from perennial.db.models import Publication

from .scene import OWNERS, Scene, numbers, owners, pick, platforms
from .seen import Seen

LIFETIMES = st.sampled_from([None, None, timedelta(minutes=10), timedelta(days=2)])
# Of an owner's accounts on a platform: mostly the same one, with new tokens.
suffixes = st.sampled_from(["", "", "", "~2"])


class AccountRules(Scene):
    """Accounts: connected with tokens of many kinds, one in place of another, disconnected."""

    def everybody_is_connected(self, refreshable: bool) -> None:
        """A beginning."""
        for owner in OWNERS:
            for platform in Platform:
                self.connect(owner, platform, "", refreshable, None)

    @rule(owner=owners, platform=platforms, suffix=suffixes, refreshable=st.booleans(), lifetime=LIFETIMES)
    def connect(
        self, owner: str, platform: Platform, suffix: str, refreshable: bool, lifetime: timedelta | None
    ) -> None:
        handle, before = f"{owner}{suffix}", self.seen
        known = [one for one in before.accounts.values() if (one.handle, one.platform) == (handle, platform)]
        tokens = self.world.far[platform].issue(handle, refreshable, lifetime)
        assert self.ask(self.world.process.accounts.connect(owner, platform, tokens, self.now)) is None
        account = self.seen.present[owner, platform]
        assert (account.status, account.handle, account.account_id) == ("active", handle, f"id-{handle}")
        lifted = {account.id} if known and known[0].refused_time else set()  # our app was refused for its old tokens
        assert account.refused_time is None
        block = known[0].blocked_until if known and not lifted else None
        assert account.blocked_until == block, "another account is not blocked"
        assert [account.id] == [one.id for one in known] or not known
        replaced = before.present.get((owner, platform))
        gone = {replaced.id} - {account.id} if replaced else set()
        self._check_publications(before, gone | lifted)

    @precondition(lambda self: self._under_way())
    @rule(number=numbers)
    def another_account_takes_over(self, number: int) -> None:
        """While something waits, or is in doubt, in the one before it."""
        row = pick(self._under_way(), number)
        owner = self.seen.owner_of(row)
        present = self.seen.present.get((owner, row.platform))
        other = "" if present and str(present.handle).endswith("~2") else "~2"
        self.connect(owner, row.platform, other, True, None)

    def _under_way(self) -> list[Publication]:
        rows = self.seen.publications.values()
        return [row for row in rows if row.status in {"scheduled", "publishing", "unconfirmed"}]

    @precondition(lambda self: self.seen.present)
    @rule(number=numbers)
    def disconnect(self, number: int) -> None:
        account, before = pick(list(self.seen.present.values()), number), self.seen
        owner, platform = account.clerk_user_id, account.platform
        busy = any(
            row.status == "publishing" and row.connected_account_id == account.id
            for row in self.seen.publications.values()
        )
        asked = self.ask(self.world.process.accounts.disconnect(owner, account.id, self.now))
        assert asked is (Conflict if busy else None)
        assert ((owner, platform) in self.seen.present) is busy
        self._check_publications(before, set() if busy else {account.id})
        if busy:
            pause = self.now + DISCONNECTING
            assert self.seen.accounts[account.id].blocked_until == max(pause, account.blocked_until or pause)

    def _check_publications(self, before: Seen, gone: Collection[UUID]) -> None:
        """They follow when they are nearly due, and are as they were, but for what made accounts wait that are gone."""
        for row in before.publications.values():
            expected = dict(row)
            limited = row.error_code not in {None, "UNREACHABLE"}
            waits = row.status == "scheduled" and row.unclear_since is None
            is_later = row.next_attempt_time is not None and row.next_attempt_time > self.now
            if waits and limited and is_later and row.connected_account_id in gone:
                due = max(row.scheduled_time, row.retried_time or row.scheduled_time)
                expected |= {"next_attempt_time": due, "error_code": None, "error_message": None}
            assert dict(self.seen.publications[row.id]) == expected
