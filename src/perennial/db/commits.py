"""Whether something may have been committed: what fails after that may not be called undone.

Whoever has to know watches before the work (`watch_commits`), or during a part of it (`count_commits`); each COMMIT in
it is noted before it is sent. Everything that an owner's operation writes is in a transaction, so nothing else has to
be noted.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class CommitWatch:
    """The COMMITs that were sent and not refused, in a task and those that it started, since it began to watch."""

    def __init__(self, outer: "CommitWatch | None" = None) -> None:
        self.count = 0
        self._outer = outer

    @property
    def may_have_written(self) -> bool:
        """Whether the database may hold something of the work. A COMMIT to which nobody answered counts."""
        return self.count > 0

    def note(self, number: int) -> None:
        """Counts so many more, here and in the watch of which this is a part."""
        self.count += number
        if self._outer:
            self._outer.note(number)


_watch: ContextVar[CommitWatch | None] = ContextVar("watch", default=None)


def watch_commits() -> CommitWatch:
    """A new watch, in place of any before, for the present task and those that it starts."""
    watch = CommitWatch()
    _watch.set(watch)
    return watch


@contextmanager
def count_commits() -> Iterator[CommitWatch]:
    """A watch of the block alone. What it notes, the watch before it notes as well."""
    watch = CommitWatch(_watch.get())
    token = _watch.set(watch)
    try:
        yield watch
    finally:
        _watch.reset(token)


@contextmanager
def committing(was_refused: Callable[[Exception], bool]) -> Iterator[None]:
    """Notes the COMMIT that the block sends; if `was_refused` says so of its error, the database has rolled back."""
    watch = _watch.get() or CommitWatch()
    watch.note(1)
    try:
        yield
    except Exception as error:
        if was_refused(error):
            watch.note(-1)
        raise
