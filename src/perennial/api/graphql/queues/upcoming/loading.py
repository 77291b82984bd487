"""Reads what comes next of an owner's queues: the owner's alone, in a number of queries that no page size changes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from perennial.api.graphql._paging import COUNT_MAX
from perennial.api.graphql.context import Context
from perennial.core import clock
from perennial.core.errors import InvalidInput
from perennial.posts.scheduling import HORIZON
from perennial.queues.upcoming import obstacles
from perennial.queues.upcoming.obstacles import Obstacle
from perennial.queues.upcoming.occurrences import Asked, Foreseen, Horizon, of_owner, of_queues

DAYS_MAX = timedelta(days=366)


async def asked_in(context: Context) -> Asked:
    """Who asks, now."""
    return _asked(context.owner, await clock.now(), context.process.settings.missed_after_minutes)


async def upcoming_of_queues(  # noqa: PLR0913, PLR0917 - what a loader takes has no names
    owner: str, ids: Sequence[UUID], count: int, since: datetime | None, until: datetime | None, missed_minutes: int
) -> list[list[Foreseen]]:
    """The first `count` occurrences of each of the owner's queues between these times, in the order of the ids."""
    return await of_queues(_asked(owner, await clock.now(), missed_minutes), ids, count, until, since)


async def obstacles_of(
    owner: str, foreseen: Sequence[Foreseen], duplicate_hours: float, missed_minutes: int
) -> list[list[Obstacle]]:
    """What stands in the way of each of these occurrences."""
    asked = _asked(owner, await clock.now(), missed_minutes)
    return await obstacles.obstacles(asked, foreseen, timedelta(hours=duplicate_hours))


async def count_of_owner(asked: Asked, horizon: Horizon) -> int:
    """How many occurrences there are, up to one more than a list counts to."""
    return len(await of_owner(asked, horizon, COUNT_MAX + 1))


def check_horizon(since: datetime | None, until: datetime, now: datetime) -> None:
    """Raises InvalidInput if the times are out of order, or too far ahead or apart; None stands for now."""
    start = now if since is None else since
    if start > now + HORIZON:
        raise InvalidInput("from", "The time is more than a hundred years ahead.")
    if until < start:
        raise InvalidInput("until", "The time must not be before `from`, which is now if it is left out.")
    if until > start + DAYS_MAX:
        raise InvalidInput("until", f"The time must be at most {DAYS_MAX.days} days after `from`.")


def _asked(owner: str, now: datetime, missed_minutes: int) -> Asked:
    return Asked(owner, now, timedelta(minutes=missed_minutes))
