"""Which of a queue's posts runs: the one that ran longest ago; of those that never ran, the first of the list."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class Turns:
    """The ids of the posts in the owner's order, and when each ran last."""

    posts: list[str]
    ran: dict[str, datetime] = field(default_factory=dict)

    @property
    def next(self) -> str:
        """The post whose turn it is."""
        return min(self.posts, key=lambda one: (self.ran.get(one, _NEVER), self.posts.index(one)))

    def take(self, now: datetime) -> str:
        """The post that runs at `now`."""
        post = self.next
        self.ran[post] = now
        return post

    def change(self, posts: list[str]) -> None:
        """The owner gives another list; posts that stay remember when they ran."""
        self.posts = posts
        self.ran = {one: time for one, time in self.ran.items() if one in posts}
