"""Queues whose recurrence is of all kinds, of a day each, as the API would have written them: their first occurrence is
due, or was a day ago, and the last that is due runs.
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from perennial.core.ids import new_id
from support.production.seeds import BOTH, drafts, insert
from support.production.stage import Stage
from support.story import soon


def zone_by_day(now: datetime) -> ZoneInfo:
    """A zone whose clocks change at night, where it is day now.

    So what is due about now, or was two hours ago, is at a time of day that the clocks skip on no date, and show twice
    on none: which of two PostgreSQL would take is not our rule.
    """
    zones = map(ZoneInfo, ("Europe/Berlin", "America/Los_Angeles"))
    return next(zone for zone in zones if 6 <= now.astimezone(zone).hour < 22)


ZONE = zone_by_day(datetime.now(UTC))
DAY, TWO_HOURS = timedelta(days=1), timedelta(hours=2)
ROTATION = 3  # posts, which take turns
_DAILY = {"rule": "FREQ=DAILY", "timezone": ZONE.key}

Outcomes = Counter[tuple[str, str | None, int]]


def wall(time: datetime) -> datetime:
    """What the clocks of our zone show then."""
    return time.astimezone(ZONE).replace(tzinfo=None)


def _instant(slot: datetime) -> datetime:
    return slot.replace(tzinfo=ZONE).astimezone(UTC)


def _plain(due: datetime) -> dict[str, Any]:
    """24 hours after the other, a single post."""
    return {"interval": 1, "next_scheduled_time": due}


def _zoned(due: datetime) -> dict[str, Any]:
    """By a rule, in a zone whose clocks change."""
    return {**_DAILY, "next_local_time": wall(due).isoformat(), "next_scheduled_time": due}


def _steered(due: datetime) -> dict[str, Any]:
    """The same; yesterday's occurrence was skipped, and today's was put off for two hours."""
    today = wall(due) - TWO_HOURS
    pending = today - DAY
    changed = {pending.isoformat(): None, today.isoformat(): due.isoformat()}
    times = {"next_local_time": pending.isoformat(), "next_scheduled_time": _instant(pending)}
    return {**_DAILY, **times, "changed_occurrences": json.dumps(changed)}


def _paused(due: datetime) -> dict[str, Any]:
    """It was paused yesterday, and the pause ends at the moment at which the queue runs."""
    return {"interval": 1, "next_scheduled_time": due - DAY, "status": "paused", "paused_until": due}


# In `rotation` three posts take turns.
KINDS: dict[str, Callable[[datetime], dict[str, Any]]] = {
    "plain": _plain,
    "zoned": _zoned,
    "rotation": _plain,
    "steered": _steered,
    "paused": _paused,
}
# What the ledger has of each besides the occurrence that ran.
_DID_NOT_RUN = {"steered": ("skipped", "SKIPPED_BY_OWNER", 1), "paused": ("skipped", "PAUSED", 1)}


async def mixed_queues(
    stage: Stage,
    users: Sequence[str],
    due: datetime | None = None,
    platforms: Sequence[str] = BOTH,
    kinds: Sequence[str] = tuple(KINDS),
    **more: Any,
) -> list[UUID]:
    """A queue for each of the users, of one kind after the other, which runs now where no time is given."""
    due = due or soon(-1)
    of_users = [(user, kinds[number % len(kinds)]) for number, user in enumerate(users)]
    posts = iter(await drafts(stage, [user for user, kind in of_users for _ in range(_size(kind))], platforms))
    rotations = [[next(posts) for _ in range(_size(kind))] for _, kind in of_users]
    same = {"status": "active", "cadence": "fixed", "execution_count": 0}
    optional = ("interval", "rule", "timezone", "next_local_time", "changed_occurrences", "paused_until")
    rows = [
        {
            **{**dict.fromkeys(optional), **same, **(columns := KINDS[kind](due)), "updated_at": soon(-60), **more},
            "created_at": columns["next_scheduled_time"],
            **{"id": new_id(), "clerk_user_id": user, "original_post_id": rotation[0]},
        }
        for (user, kind), rotation in zip(of_users, rotations, strict=True)
    ]
    await insert(stage, "recurring_queues", rows)
    turns = [
        {"id": new_id(), "queue_id": row["id"], "post_id": post_id, "position": position}
        for row, rotation in zip(rows, rotations, strict=True)
        for position, post_id in enumerate(rotation if len(rotation) > 1 else ())
    ]
    if turns:
        await insert(stage, "queue_posts", turns)
    return [row["id"] for row in rows]


def outcomes_of(number: int, kinds: Sequence[str] = tuple(KINDS)) -> Outcomes:
    """What the ledger has once so many of these queues have run, in time."""
    made = Counter(kinds[one % len(kinds)] for one in range(number))
    did_not_run = {outcome: made[kind] for kind, outcome in _DID_NOT_RUN.items() if made[kind]}
    return Counter({("executed", None, 0): number, **did_not_run})


async def a_day_passes(stage: Stage, queues: Sequence[UUID]) -> None:
    """The next occurrence of these queues, which have no zone, falls due: a millisecond after the one before it."""
    sql = "UPDATE recurring_queues SET next_scheduled_time = next_scheduled_time - $2::interval WHERE id = ANY($1)"
    await stage.database.execute(sql, queues, DAY - timedelta(milliseconds=1))


def _size(kind: str) -> int:
    return ROTATION if kind == "rotation" else 1
