"""What becomes of an occurrence, as a row of the ledger says it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from perennial.core.states import Platform

EXECUTED, SKIPPED = "executed", "skipped"

Problems = dict[Platform, str | None]


@dataclass(frozen=True)
class Entry:
    """A row of the ledger."""

    outcome: str
    missed: int
    executed_time: datetime
    reasons: frozenset[str] = frozenset()
    platforms: frozenset[Platform] = frozenset()
    post: UUID | None = None  # which was cloned
    until: datetime | None = None
    moved_to: datetime | None = None
    extra: bool = False


def words(problems: Problems) -> frozenset[str]:
    """The reasons; one for all where all platforms have the same."""
    if all(problems.values()) and len(set(problems.values())) == 1:
        return frozenset(filter(None, problems.values()))
    return frozenset(f"{problem}:{platform.name}" for platform, problem in problems.items() if problem)
