"""The states of posts, publications, executions, accounts and queues; a post's follows from its publications'."""

from collections.abc import Collection
from enum import StrEnum


class Platform(StrEnum):
    """A platform that posts are published on."""

    X = "x"
    LINKEDIN = "linkedin"

    @property
    def label(self) -> str:
        """The name as people write it."""
        return {Platform.X: "X", Platform.LINKEDIN: "LinkedIn"}[self]

    @property
    def reads_back(self) -> bool:
        """Whether an account may read its own posts there (on LinkedIn: selected partners alone)."""
        return self is Platform.X


class PublicationStatus(StrEnum):
    """The states of one post on one platform."""

    DRAFT = "draft"  # has no scheduled time yet
    SCHEDULED = "scheduled"  # will be sent at next_attempt_time
    PUBLISHING = "publishing"  # claimed by a worker, under a lease
    PUBLISHED = "published"  # the platform gave a receipt
    FAILED = "failed"  # the platform refused, or every attempt is used up
    UNCONFIRMED = "unconfirmed"  # may have been published or not; never sent again automatically


class PostStatus(StrEnum):
    """The state of a post, which follows from its publications."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLISHING = "publishing"
    PUBLISHED = "published"  # on every platform
    PARTIALLY_PUBLISHED = "partially_published"  # on some, and on none of the others it may be
    FAILED = "failed"  # on none, certainly, and none is pending
    UNCONFIRMED = "unconfirmed"  # none is pending, and on at least one it may be published or not


class ExecutionOutcome(StrEnum):
    """The outcome of an occurrence."""

    EXECUTED = "executed"
    SKIPPED = "skipped"
    FAILED = "failed"


class AccountStatus(StrEnum):
    """Whether an account's tokens work."""

    ACTIVE = "active"
    RECONNECT_REQUIRED = "reconnect_required"
    DISCONNECTED = "disconnected"  # its tokens are deleted; the row is kept, because publications name it


# What any publication is, the post is: the first of these, in this order.
_OF_ANY = (PublicationStatus.PUBLISHING, PublicationStatus.SCHEDULED, PublicationStatus.UNCONFIRMED)


def post_status(publications: Collection[PublicationStatus]) -> PostStatus:
    """The state of a post whose publications are in these states."""
    states = set(publications)
    for first in _OF_ANY:
        if first in states:
            return PostStatus(first.value)
    if states == {PublicationStatus.PUBLISHED}:
        return PostStatus.PUBLISHED
    if PublicationStatus.PUBLISHED in states:
        return PostStatus.PARTIALLY_PUBLISHED
    if states <= {PublicationStatus.DRAFT}:
        return PostStatus.DRAFT
    return PostStatus.FAILED


class Cadence(StrEnum):
    """What the next occurrence is counted from."""

    FIXED = "fixed"  # the occurrence that ran
    AFTER_EXECUTION = "after_execution"  # the moment it really ran


class MissedRuns(StrEnum):
    """What becomes of occurrences that were missed."""

    RUN_LATEST = "run_latest"  # the latest runs, for all of them
    SKIP = "skip"  # none runs
    RUN_IF_WITHIN = "run_if_within"  # the latest runs, unless it is too late for it


class OnDuplicate(StrEnum):
    """What a queue does when a platform refuses a text as a duplicate."""

    SKIP = "skip"  # it goes on
    PAUSE = "pause"


class QueueStatus(StrEnum):
    """The states of a recurring queue."""

    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
