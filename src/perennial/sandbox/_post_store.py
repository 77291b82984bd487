"""The published posts, in memory and in a file with one JSON object per line."""

import json
import logging
import secrets
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Self

log = logging.getLogger(__name__)

# Both platforms' ids carry the millisecond in their upper bits: X counts from its own epoch, LinkedIn from 1970.
EPOCH_MS = {"X": 1_288_834_974_657, "LINKEDIN": 0}


@dataclass(frozen=True)
class PublishedPost:
    """A published post, with its text as a reader sees it."""

    platform: str
    user: str
    text: str
    url: str
    time: datetime
    id: str

    def as_json(self) -> dict[str, str]:
        """The post as GET /posts lists it and as the file keeps it."""
        return asdict(self) | {"time": iso_milliseconds(self.time)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Reads what `as_json` wrote. Raises ValueError, TypeError or KeyError for anything else."""
        if value["platform"] not in EPOCH_MS or not all(isinstance(each, str) for each in value.values()):
            raise ValueError("not a post")
        return cls(**{**value, "time": datetime.fromisoformat(value["time"])})


@dataclass
class PostStore:
    """All published posts that were not deleted, in the order of their publication."""

    file: Path | None = None
    _posts: dict[str, PublishedPost] = field(default_factory=dict)
    _by_user: dict[tuple[str, str], dict[str, PublishedPost]] = field(default_factory=lambda: defaultdict(dict))
    _by_text: dict[tuple[str, str, str], PublishedPost] = field(default_factory=dict)
    _last_number: int = 0
    _changes: int = 0
    _run: str = field(default_factory=lambda: secrets.token_hex(4))

    @classmethod
    def load(cls, file: Path | None) -> Self:
        """Reads the file, if there is one. A line that a killed process left incomplete is skipped."""
        store = cls(file)
        if file is not None and file.exists():
            store._replay(file)
            _end_last_line(file)
        return store

    @property
    def version(self) -> str:
        """A string that is different after every change and after every start."""
        return f"{self._run}-{self._changes}"

    def next_number(self, platform: str, now: datetime) -> int:
        """A unique number of 19 digits, larger than all before it; its upper bits are the time."""
        from_time = (int(now.timestamp() * 1000) - EPOCH_MS[platform]) << 22
        self._last_number = max(self._last_number + 1, from_time)
        return self._last_number

    def add(self, post: PublishedPost) -> None:
        """Adds a post, to the file first, so that no post is shown that a restart would lose."""
        self._append(post.as_json())
        self._remember(post)

    def remove(self, post: PublishedPost) -> None:
        """Removes a deleted post."""
        self._append({"deleted": post.id})
        self._forget(post.id)

    def clear(self) -> None:
        """Removes all posts, and the file."""
        if self.file is not None:
            self.file.unlink(missing_ok=True)
        self._posts.clear()
        self._by_user.clear()
        self._by_text.clear()
        self._changes += 1

    def get(self, post_id: str) -> PublishedPost | None:
        """The post with this id, unless it was deleted."""
        return self._posts.get(post_id)

    def latest(self, platform: str, user: str, text: str) -> PublishedPost | None:
        """The user's latest post with this text."""
        return self._by_text.get((platform, user, _normalized(text)))

    def newest_first(self, limit: int | None, user: str | None = None) -> Iterator[PublishedPost]:
        """The latest `limit` posts, or all; of the user, if one is given."""
        found = (post for post in reversed(self._posts.values()) if not user or post.user == user)
        return islice(found, limit)

    def count(self, user: str | None = None) -> int:
        """How many posts there are; of the user, if one is given."""
        if not user:
            return len(self._posts)
        return sum(len(self._by_user.get((platform, user), ())) for platform in EPOCH_MS)

    def users(self) -> list[str]:
        """Those who have posts, by name."""
        return sorted({user for (_, user), posts in self._by_user.items() if posts})

    def of_user(self, platform: str, user: str) -> Iterable[PublishedPost]:
        """The user's posts on the platform, newest first."""
        return reversed(self._by_user.get((platform, user), {}).values())

    def _replay(self, file: Path) -> None:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    self._replay_entry(json.loads(line))
                except (ValueError, TypeError, KeyError):
                    log.warning("%s: line %d is not whole and was passed over", file.name, number)

    def _replay_entry(self, entry: Mapping[str, Any]) -> None:
        if "deleted" in entry:
            self._forget(entry["deleted"])
            return
        post = PublishedPost.from_json(entry)
        self._remember(post)
        self.next_number(post.platform, post.time)

    def _remember(self, post: PublishedPost) -> None:
        self._changes += 1
        self._posts[post.id] = post
        self._by_user[post.platform, post.user][post.id] = post
        self._by_text[post.platform, post.user, _normalized(post.text)] = post

    def _forget(self, post_id: str) -> None:
        post = self._posts.pop(post_id, None)
        if post is None:
            return
        self._changes += 1
        del self._by_user[post.platform, post.user][post.id]
        key = (post.platform, post.user, _normalized(post.text))
        if self._by_text.get(key) == post:
            del self._by_text[key]

    def _append(self, entry: Mapping[str, str]) -> None:
        """Opens and closes the file for every line: no handle stays open, and the operating system has each line."""
        if self.file is None:
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.open("ab") as lines:
            lines.write(json.dumps(entry).encode() + b"\n")


def iso_milliseconds(time: datetime) -> str:
    """ISO 8601 in UTC, with milliseconds and Z."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _end_last_line(file: Path) -> None:
    """Ends an incomplete last line, so that the next entry begins on a new line."""
    with file.open("rb+") as lines:
        if lines.seek(0, 2) == 0:
            return
        lines.seek(-1, 2)
        if lines.read(1) != b"\n":
            lines.write(b"\n")


def _normalized(text: str) -> str:
    """The text as the platforms compare it: accents in one form (NFC), and single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())
