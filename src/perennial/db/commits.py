"""Whether something may have been committed: what fails after that may not be called undone.

Whoever has to know watches (`watch_commits`) before the work; each COMMIT in it is noted before it is sent. Everything
that an owner's operation writes is in a transaction, so nothing else has to be noted.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class CommitWatch:
    """The COMMITs that were sent and not refused, in a task and those that it started, since it began to watch."""

    def __init__(self) -> None:
        self.count = 0

    @property
    def may_have_written(self) -> bool:
        """Whether the database may hold something of the work. A COMMIT to which nobody answered counts."""
        return self.count > 0


_watch: ContextVar[CommitWatch | None] = ContextVar("watch", default=None)


def watch_commits() -> CommitWatch:
    """A new watch, in place of any before, for the present task and those that it starts."""
    watch = CommitWatch()
    _watch.set(watch)
    return watch


def commits_noted() -> int:
    """How many COMMITs the present watch has noted so far; 0 if nobody watches."""
    watch = _watch.get()
    return watch.count if watch else 0


@contextmanager
def committing(was_refused: Callable[[Exception], bool]) -> Iterator[None]:
    """Notes the COMMIT that the block sends; if `was_refused` says so of its error, the database has rolled back."""
    watch = _watch.get() or CommitWatch()
    watch.count += 1
    try:
        yield
    except Exception as error:
        if was_refused(error):
            watch.count -= 1
        raise
