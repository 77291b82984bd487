"""What an owner does with posts and accounts."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from perennial.core.errors import Conflict, InvalidInput
from perennial.core.states import Platform
from perennial.db.models import Publication

from .notebook import NotedPost
from .scene import OWNERS, Scene, delays, numbers, owners, pick, platforms
from .ticking import same

LIFETIMES = st.sampled_from([None, None, timedelta(minutes=10), timedelta(days=2)])
BOTH = [Platform.X, Platform.LINKEDIN]


class PostRules(Scene):
    """Posts: written, scheduled, unscheduled, deleted, retried, confirmed."""

    def everybody_has_posts(self) -> None:
        """A beginning: some of them are on their way."""
        for owner in OWNERS:
            self.create_post(owner, BOTH)
            self.schedule(len(self.notebook.posts) - 1, timedelta(minutes=5), timedelta(minutes=90))
            self.create_post(owner, [Platform.X])

    @rule(owner=owners, chosen=st.sampled_from([BOTH, [Platform.X], [Platform.LINKEDIN]]))
    def create_post(self, owner: str, chosen: list[Platform]) -> None:
        """Some are as like as clones are."""
        texts = [(platform, f"{owner}'s text {len(self.notebook.posts) % 3}") for platform in chosen]
        post = self.world.run(self.world.process.posts.create(owner, texts, self.now))
        self.notebook.posts[post.id] = NotedPost(post.id, owner, dict(texts))
        self.seen = self.world.look()

    @precondition(lambda self: self.notebook.posts)
    @rule(number=numbers, delay=delays, behind=st.sampled_from([timedelta(), timedelta(minutes=90)]))
    def schedule(self, number: int, delay: timedelta, behind: timedelta) -> None:
        post = pick(list(self.notebook.posts.values()), number)
        before = self.seen.of_post(post.id)
        movable = {platform for platform, row in before.items() if row.status in {"draft", "scheduled"}}
        free = not any(row.status == "publishing" for row in before.values())
        time = self.now + delay
        times = {Platform.LINKEDIN: time + behind} if Platform.LINKEDIN in movable else {}
        refused = self.ask(self.world.process.posts.schedule(post.owner, post.id, time, times, self.now))
        assert refused is (None if movable and free else Conflict)
        for platform, row in self.seen.of_post(post.id).items():
            if refused or platform not in movable:
                assert same(row, before[platform])
            else:
                due = times.get(platform, time)
                assert (row.status, row.attempts, row.claim_id) == ("scheduled", 0, None)
                assert row.scheduled_time == row.next_attempt_time == due

    @precondition(lambda self: self.notebook.posts)
    @rule(number=numbers)
    def unschedule(self, number: int) -> None:
        post = pick(list(self.notebook.posts.values()), number)
        before = self.seen.of_post(post.id)
        busy = any(row.status == "publishing" for row in before.values())
        refused = self.ask(self.world.process.posts.unschedule(post.owner, post.id, self.now))
        assert refused is (Conflict if busy else None)
        for platform, row in self.seen.of_post(post.id).items():
            if refused or before[platform].status != "scheduled":
                assert same(row, before[platform])
            elif row.unclear_since is not None:
                assert row.status == "unconfirmed", "what may be out is no draft"
            else:
                assert (row.status, row.next_attempt_time, row.attempts) == ("draft", None, 0)

    @precondition(lambda self: self.notebook.posts)
    @rule(number=numbers)
    def delete_post(self, number: int) -> None:
        post = pick(list(self.notebook.posts.values()), number)
        busy = any(row.status == "publishing" for row in self.seen.of_post(post.id).values())
        refused = self.ask(self.world.process.posts.delete(post.owner, post.id))
        assert refused is (Conflict if busy else None)
        if not busy:
            self.notebook.forget_post(post.id)

    @precondition(lambda self: self.in_doubt("unconfirmed", "failed"))
    @rule(number=numbers)
    def retry(self, number: int) -> None:
        row = pick(self.in_doubt("unconfirmed", "failed", "published"), number)
        owner = self.seen.posts[row.post_id].clerk_user_id
        refused = self.ask(self.world.process.publications.retry(owner, row.id, self.now))
        assert refused is (Conflict if row.status == "published" else None)
        if not refused:
            self.notebook.retried_in_doubt[row.id] += row.status == "unconfirmed"
            self.notebook.retried.add(row.id)
            after = self.seen.publications[row.id]
            assert (after.status, after.next_attempt_time, after.attempts) == ("scheduled", self.now, 0)

    @precondition(lambda self: self.in_doubt("unconfirmed"))
    @rule(number=numbers, known=st.booleans())
    def confirm(self, number: int, known: bool) -> None:
        """Under a URL that nobody has, or under one that another publication of the owner's may have."""
        row = pick(self.in_doubt("unconfirmed", "failed"), number)
        owner = self.seen.posts[row.post_id].clerk_user_id
        posts = self.world.far[row.platform].posts(owner, row.content)
        url = f"https://{row.platform}.example/confirmed-{len(self.notebook.confirmed)}"
        if known and posts and posts[-1].receipt:
            url = posts[-1].receipt.url
        taken = any(one.url == url for one in self.seen.publications.values())
        refused = self.ask(self.world.process.publications.confirm(owner, row.id, url))
        waits = row.status == "scheduled" and row.unclear_since is not None
        open_to_it = row.status == "unconfirmed" or waits
        assert refused is (Conflict if not open_to_it else InvalidInput if taken else None)
        if not refused:
            self.notebook.confirmed[row.id] = url
            after = self.seen.publications[row.id]
            assert (after.status, after.url) == ("published", url)

    def in_doubt(self, *states: str) -> list[Publication]:
        """The publications in these states."""
        return [row for row in self.seen.publications.values() if row.status in states]


class AccountRules(Scene):
    """Accounts: connected with tokens of many kinds, disconnected."""

    def everybody_is_connected(self, refreshable: bool) -> None:
        """A beginning."""
        for owner in OWNERS:
            for platform in Platform:
                self.connect(owner, platform, refreshable, None)

    @rule(owner=owners, platform=platforms, refreshable=st.booleans(), lifetime=LIFETIMES)
    def connect(self, owner: str, platform: Platform, refreshable: bool, lifetime: timedelta | None) -> None:
        tokens = self.world.far[platform].issue(owner, refreshable, lifetime)
        assert self.ask(self.world.process.accounts.connect(owner, platform, tokens, self.now)) is None
        account = self.seen.accounts[owner, platform]
        assert (account.status, account.blocked_until) == ("active", None)

    @precondition(lambda self: self.seen.accounts)
    @rule(number=numbers)
    def disconnect(self, number: int) -> None:
        account = pick(list(self.seen.accounts.values()), number)
        owner, platform = account.clerk_user_id, account.platform
        posts = [post.id for post in self.seen.posts.values() if post.clerk_user_id == owner]
        busy = any(
            row.status == "publishing" and row.post_id in posts and row.platform == platform
            for row in self.seen.publications.values()
        )
        assert self.ask(self.world.process.accounts.disconnect(owner, account.id)) is (Conflict if busy else None)
        assert ((owner, platform) in self.seen.accounts) is busy
