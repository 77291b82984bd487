"""Compares what the service has written with the notebook, and what it published with what it has written."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

from perennial.db.sql import as_time, run_sql
from simulation.calendar import instant_of
from simulation.hand import CASES, YEAR
from simulation.notebook.queues import COMPLETED, FAILURES, Entry, Noted
from simulation.passing import WORDS

_LEDGER = """
    SELECT queue_id::text AS queue, executions.scheduled_time, executed_time, outcome, reason, missed_count, until,
        moved_to, extra, clones.cloned_from_id::text AS post
    FROM queue_executions AS executions LEFT JOIN posts AS clones ON clones.id = executions.post_id
    WHERE executed_time > $1 AND executed_time <= $2
"""
_QUEUES = "SELECT id::text, status, status_reason, execution_count, next_scheduled_time FROM recurring_queues"
_CLONES = "SELECT created_by_queue_id::text AS queue, count(*) AS number FROM posts GROUP BY 1"
_OF_ONE = """
    SELECT scheduled_time, missed_count + (outcome = 'executed')::integer AS number, (
        SELECT min(publications.scheduled_time) FROM publications WHERE publications.post_id = executions.post_id
    ) AS sent
    FROM queue_executions AS executions WHERE queue_id = $1 AND scheduled_time < $2
"""
_LAST_RUNS = """
    SELECT bool_and(status = 'failed' AND error_code NOT IN ('EXPIRED', 'SUPERSEDED')) AS failed
    FROM queue_executions AS executions JOIN publications ON publications.post_id = executions.post_id
    WHERE queue_id = $1 AND outcome = 'executed' AND executed_time > $2
    GROUP BY executions.id ORDER BY executions.scheduled_time DESC LIMIT $3
"""
_BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)


async def has_failed(noted: Noted) -> bool:
    """Whether its last runs, since it was resumed, have all failed on all platforms."""
    rows = await run_sql(_LAST_RUNS, noted.id, noted.resumed or _BEFORE_ALL, FAILURES)
    return len(rows) == FAILURES and all(row["failed"] for row in rows)


async def compare_ledger(queues: dict[str, Noted], since: datetime, until: datetime) -> list[str]:
    """What differs between the ledger and the notebook, of the rows that were written between these times."""
    found: dict[str, dict[datetime, Entry]] = {one: {} for one in queues}
    complaints = []
    for row in await run_sql(_LEDGER, since, until):
        entries, slot = found[row["queue"]], as_time(row["scheduled_time"])
        if slot in entries:
            complaints.append(f"{queues[row['queue']]}, slot {slot}: it has two rows in the ledger")
        entries[slot] = _entry(row)
    for queue_id, entries in found.items():
        noted = queues[queue_id]
        expected = {slot: one for slot, one in noted.ledger.items() if since < one.time <= until}
        complaints += _differences(str(noted), expected, entries)
    return complaints


async def compare_queues(queues: dict[str, Noted]) -> list[str]:
    """What differs between the rows of the queues and the notebook."""
    complaints = []
    for row in await run_sql(_QUEUES):
        noted = queues[row["id"]]
        columns = {"status": row["status"], "status_reason": row["status_reason"]}
        columns["execution_count"] = row["execution_count"]
        if columns != noted.state():
            complaints.append(f"{noted}: it is {columns}, and should be {noted.state()}")
        next_time = as_time(row["next_scheduled_time"])
        if noted.status != COMPLETED and noted.next_time not in {None, next_time}:
            complaints.append(f"{noted}, slot {noted.slots.local[noted.pending]}: is due at {next_time}")
    return complaints


async def compare_clones(queues: dict[str, Noted]) -> list[str]:
    """Each queue has made one post for each time that it ran."""
    counts = Counter({row["queue"]: row["number"] for row in await run_sql(_CLONES)})
    return [
        f"{noted}: it ran {noted.executions} times, and made {counts[queue_id]} posts"
        for queue_id, noted in queues.items()
        if counts[queue_id] != noted.executions
    ]


def unaccounted(queues: Iterable[Noted], now: datetime, slack: timedelta) -> Iterator[str]:
    """Slots that are behind and for which the ledger's rows do not stand, or for which more than one does."""
    for noted in queues:
        counted = sum(one.count for one in noted.ledger.values() if not one.extra)
        if counted != noted.fates["occurrences"]:
            yield f"{noted}: {noted.fates['occurrences']} occurrences passed, and the ledger stands for {counted}"
        wakes = noted.wakes()
        if wakes and wakes < now - slack:
            yield f"{noted}, slot {wakes}: it is overdue at {now}"


async def compare_by_hand(queues: Iterable[Noted]) -> list[str]:
    """Holds the ledgers of the queues whose numbers were computed by hand against these."""
    complaints = []
    cases = {case.queue: case for case in CASES}
    for noted in (one for one in queues if one.is_by_hand):
        case = cases[noted.drawn]
        end = instant_of(datetime(YEAR + 1, 1, 1), case.queue.zone)  # noqa: DTZ001 - a wall time
        rows = {as_time(row["scheduled_time"]): row for row in await run_sql(_OF_ONE, noted.id, end)}
        number = sum(row["number"] for row in rows.values())
        if number != case.in_the_year:
            complaints.append(f"{noted}: the ledger stands for {number} slots of {YEAR}, by hand {case.in_the_year}")
        for slot, instant in case.odd.items():
            if instant not in rows or as_time(rows[instant]["sent"]) != instant:
                complaints.append(f"{noted}, slot {slot}: by hand it goes out at {instant}, not {rows.get(instant)}")
    return complaints


def _entry(row: Any) -> Entry:
    times = {name: as_time(row[name]) if row[name] else None for name in ("until", "moved_to")}
    stands_for_earlier = row["reason"] not in WORDS  # and itself; a row of those that did not run counts all
    return Entry(
        row["outcome"],
        row["reason"],
        row["missed_count"] + stands_for_earlier,
        as_time(row["executed_time"]),
        post=row["post"],
        extra=row["extra"],
        **times,
    )


def _differences(queue: str, expected: dict[datetime, Entry], found: dict[datetime, Entry]) -> Iterator[str]:
    for slot in sorted(expected.keys() | found.keys()):
        has, should_have = found.get(slot), expected.get(slot)
        if has != should_have:
            what = f"the ledger has {_unlike(has, should_have)}, and should have {_unlike(should_have, has)}"
            yield f"{queue}, slot {slot}: {what}"


def _unlike(one: Entry | None, other: Entry | None) -> str:
    """What is otherwise in one of them."""
    if not one or not other:
        return f"{one}"
    values = {field.name: getattr(one, field.name) for field in fields(Entry)}
    return ", ".join(f"{name} {value}" for name, value in values.items() if value != getattr(other, name))
