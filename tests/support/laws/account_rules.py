"""What an owner does with accounts."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from perennial.core.errors import Conflict
from perennial.core.states import Platform
from perennial.db.models import Publication

from .scene import OWNERS, Scene, numbers, owners, pick, platforms
from .ticking import untouched

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
        assert account.blocked_until == (known[0].blocked_until if known else None), "another account is not blocked"
        assert [account.id] == [one.id for one in known] or not known
        assert untouched(before.publications, self.seen.publications), "what waits follows when it is nearly due"

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
        assert self.ask(self.world.process.accounts.disconnect(owner, account.id)) is (Conflict if busy else None)
        assert ((owner, platform) in self.seen.present) is busy
        assert untouched(before.publications, self.seen.publications)
