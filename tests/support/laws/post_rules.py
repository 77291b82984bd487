"""What an owner does with posts."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from perennial.core.errors import Conflict, InvalidInput
from perennial.core.states import Platform
from perennial.db.models import Publication

from .notebook import NotedPost
from .scene import OWNERS, Scene, delays, numbers, owners, pick
from .ticking import same

BOTH = [Platform.X, Platform.LINKEDIN]


class PostRules(Scene):
    """Posts: written, scheduled, unscheduled, deleted, retried, confirmed, and the last withdrawn."""

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
                assert (row.status, row.attempts, row.retried_time) == ("scheduled", 0, None)
                assert row.claim_id == before[platform].claim_id, "a late answer still finds what was sent before"
                assert row.scheduled_time == row.next_attempt_time == due

    @precondition(lambda self: self.notebook.posts)
    @rule(number=numbers)
    def unschedule(self, number: int) -> None:
        post = pick(list(self.notebook.posts.values()), number)
        before = self.seen.of_post(post.id)
        busy = any(row.status == "publishing" for row in before.values())
        refused = self.ask(self.world.process.posts.unschedule(post.owner, post.id, self.now))
        movable = any(row.status in {"draft", "scheduled"} for row in before.values())
        assert refused is (None if movable and not busy else Conflict)
        for platform, row in self.seen.of_post(post.id).items():
            if refused or before[platform].status != "scheduled":
                assert same(row, before[platform])
            elif row.unclear_since is not None:
                assert row.status == "unconfirmed", "what may be out is no draft"
            else:
                assert (row.status, row.next_attempt_time, row.attempts) == ("draft", None, 0)
                assert row.connected_account_id is None

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
        present = self.seen.present.get((owner, row.platform))
        in_doubt = row.status == "unconfirmed" or row.unclear_since is not None
        elsewhere = row.connected_account_id not in {None, present.id if present else None}
        refused = self.ask(self.world.process.publications.retry(owner, row.id, self.now))
        assert refused is (Conflict if row.status == "published" or (in_doubt and elsewhere) else None)
        if not refused:
            self.notebook.retried_in_doubt[row.id] += row.status == "unconfirmed"
            self.notebook.retried.add(row.id)
            after = self.seen.publications[row.id]
            assert (after.status, after.next_attempt_time, after.attempts) == ("scheduled", self.now, 0)
            assert (after.retried_time, after.connected_account_id) == (self.now, present.id if present else None)

    @precondition(lambda self: self.in_doubt("unconfirmed"))
    @rule(number=numbers, known=st.booleans())
    def confirm(self, number: int, known: bool) -> None:
        """Under a URL that nobody has, or under one that another publication of the owner's may have."""
        row = pick(self.in_doubt("unconfirmed", "failed"), number)
        owner = self.seen.posts[row.post_id].clerk_user_id
        account = self.seen.account_of(row)
        posts = self.world.far[row.platform].posts(account.handle or "", row.content) if account else []
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

    @precondition(lambda self: self.in_doubt("published", "unconfirmed"))
    @rule(number=numbers)
    def withdraw(self, number: int) -> None:
        """A person's word may be taken back, the platform's may not."""
        row = pick(self.in_doubt("published", "unconfirmed"), number)
        owner = self.seen.posts[row.post_id].clerk_user_id
        refused = self.ask(self.world.process.publications.withdraw_confirmation(owner, row.id))
        after = self.seen.publications[row.id]
        if row.status == "unconfirmed":
            assert refused is None
            assert same(after, row)
        else:
            assert refused is (None if row.confirmed_time else Conflict)
        if row.status == "published" and not refused:
            del self.notebook.confirmed[row.id]
            assert (after.status, after.remote_id, after.confirmed_time) == ("unconfirmed", None, None)

    def in_doubt(self, *states: str) -> list[Publication]:
        """The publications in these states."""
        return [row for row in self.seen.publications.values() if row.status in states]
