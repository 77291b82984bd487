"""What has become so far of the queues that an owner resumes together."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from perennial.queues.pausing._forgotten import Forgotten
from perennial.queues.pausing._notices import (
    about_all_dropped,
    about_all_given_up,
    about_completed,
    about_ending_sooner,
    about_failed,
)
from perennial.queues.pausing.ending import Ended
from perennial.queues.recurrence.changes import ResumeFrom
from perennial.queues.settings.notices import Notice

BEFORE_ALL = UUID(int=0)


@dataclass
class Resumption:
    """A resumption at `now`: how many queues are active again, which were completed, and what some have forgotten.

    Those that have `failed` stay paused, and those that are `ending_sooner` than an interval from NOW. `last` is the id
    of the last that was passed, in the order of ids.
    """

    start: ResumeFrom | None
    now: datetime
    last: UUID = BEFORE_ALL
    count: int = 0
    failed: list[UUID] = field(default_factory=list)
    ending_sooner: list[UUID] = field(default_factory=list)
    completed: list[UUID] = field(default_factory=list)
    forgotten: list[Forgotten] = field(default_factory=list)

    def add(self, ended: Ended) -> None:
        """Counts a batch."""
        self.count += len(ended.queues)
        self.failed += ended.unreadable
        self.ending_sooner += ended.ending_sooner
        self.completed += ended.completed
        self.forgotten += ended.forgotten

    def notices(self) -> list[Notice]:
        """What the owner should know of it."""
        return [
            *about_failed(len(self.failed)),
            *about_ending_sooner(len(self.ending_sooner)),
            *about_completed(self.completed),
            *about_all_given_up(self.forgotten),
            *about_all_dropped(self.forgotten),
        ]
