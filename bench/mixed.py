"""Turns plain due queues into queues of all kinds: with rules and zones, excluded dates, changed occurrences, turns."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any

import asyncpg

from perennial.queues.calendar.zones import find_zone
from perennial.queues.recurrence.columns import changed_text, dates_text, slot_text
from perennial.queues.recurrence.series import calendar_of

# Of a queue whose pending occurrence is on this day; without a rule every seventh day, as the plain ones.
RULES = (
    None,
    "FREQ=DAILY;INTERVAL=3",
    "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR,{weekday}",
    "FREQ=WEEKLY",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR,{weekday}",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY={weekday};WKST=SU",
    "FREQ=MONTHLY;BYMONTHDAY={day}",
    "FREQ=MONTHLY;INTERVAL=7;BYMONTHDAY={day},-1",
    "FREQ=MONTHLY;BYDAY={nth}{weekday},-1FR",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS={day},-1",
    "FREQ=YEARLY",
    "FREQ=YEARLY;BYMONTH=1,4,7,10,{month};BYMONTHDAY={day}",
)
ZONES = (None, "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Casablanca")

_DUE = "SELECT id, next_scheduled_time FROM recurring_queues WHERE next_scheduled_time <= now() ORDER BY id"
_WRITE = """
    UPDATE recurring_queues AS queue SET interval = CASE WHEN given.rule IS NULL THEN 7 END, rule = given.rule,
        timezone = given.timezone, next_local_time = given.slot, excluded_dates = given.excluded,
        changed_occurrences = given.changed
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
        AS given (id, rule, timezone, slot, excluded, changed)
    WHERE queue.id = given.id
"""
# Two posts of the owner take turns in each tenth queue: its own, and that of the next queue of the same owner.
_TURNS = """
    INSERT INTO queue_posts (id, queue_id, post_id, position)
    SELECT gen_random_uuid(), due.id, posts.id, row_number() OVER (PARTITION BY due.id ORDER BY posts.id)
    FROM (SELECT *, row_number() OVER (ORDER BY id) AS number FROM recurring_queues
        WHERE next_scheduled_time <= now()) AS due
    CROSS JOIN LATERAL (SELECT id FROM posts WHERE clerk_user_id = due.clerk_user_id ORDER BY id LIMIT 2) AS posts
    WHERE number % 10 = 0
"""
_FIRST_POSTS = """
    UPDATE recurring_queues SET original_post_id = first.post_id
    FROM (SELECT DISTINCT ON (queue_id) queue_id, post_id FROM queue_posts ORDER BY queue_id, position) AS first
    WHERE id = queue_id
"""


async def mix(connection: asyncpg.Connection) -> None:
    """Gives the due queues rules and zones in turn; some have excluded dates, moved occurrences, or two posts."""
    rows = await connection.fetch(_DUE)
    kinds = zip(cycle(RULES), _zones(), strict=False)
    mixed = [_mixed(row, number, *kind) for number, (row, kind) in enumerate(zip(rows, kinds, strict=False))]
    await connection.execute(_WRITE, *map(list, zip(*mixed, strict=True)))
    await connection.execute(_TURNS)
    await connection.execute(_FIRST_POSTS)


def _zones() -> Iterator[str | None]:
    """The zones in turn, each for as many queues as there are rules."""
    for zone in cycle(ZONES):
        yield from [zone] * len(RULES)


def _mixed(row: Any, number: int, pattern: str | None, timezone: str | None) -> tuple[Any, ...]:
    time: datetime = row["next_scheduled_time"]
    slot = time.astimezone(find_zone(timezone) if timezone else UTC).replace(tzinfo=None)
    rule = pattern and pattern.format(
        weekday=("MO", "TU", "WE", "TH", "FR", "SA", "SU")[slot.weekday()],
        nth=(slot.day - 1) // 7 + 1,
        day=slot.day,
        month=slot.month,
    )
    following = calendar_of(None if rule else 7, rule, timezone).next(slot)
    assert following
    excluded = dates_text([slot.date() + timedelta(days) for days in (1, 2, 90)]) if number % 3 == 0 else None
    changed = changed_text({following: None}) if number % 5 == 0 else None
    return row["id"], rule, timezone, slot_text(slot) if timezone else None, excluded, changed
