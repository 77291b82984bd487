"""Holds what the platforms published against what the service says of it: once, on time, nothing lost in silence."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from support.laws.far import Answer

from perennial.core.states import Platform
from perennial.db.sql import as_time, run_sql
from simulation.notebook.queues import Noted
from simulation.service.far import Far
from simulation.timetable import Trouble

_PUBLICATIONS = """
    SELECT publications.id, publications.platform, publications.status, published_time,
        coalesce(moved_to, executions.scheduled_time) AS due,
        remote_id, error_code, posts.created_by_queue_id::text AS queue, posts.clerk_user_id AS account, content
    FROM publications JOIN posts ON posts.id = publications.post_id
    JOIN queue_executions AS executions ON executions.post_id = posts.id
    WHERE posts.created_by_queue_id IS NOT NULL
"""
ON_TIME = timedelta(minutes=1)


async def judge(
    queues: Mapping[str, Noted], far: Mapping[Platform, Far], troubles: Sequence[Trouble]
) -> tuple[Counter[str], list[str]]:
    """The numbers, and what is wrong with publications."""
    deliveries = [one for there in far.values() for one in there.deliveries]
    answered_oddly = {one.publication for one in deliveries if one.answer != Answer.ACCEPT}
    accepted = {platform: _accepted(one) for platform, one in far.items()}
    texts = {one.receipt.remote_id: (one.account, one.text) for one in deliveries if one.receipt}
    counts, complaints, said = Counter[str](), list[str](), Counter[str]()
    for row in await run_sql(_PUBLICATIONS):
        platform = Platform(row["platform"])
        times = accepted[platform].pop(row["id"], [])
        counts[row["status"]] += 1
        said[row["remote_id"]] += 1
        wrong = wrong_of(row, times, texts)
        if not wrong and row["id"] not in answered_oddly:
            wrong = _unexplained(row, platform, troubles)
        if wrong:
            complaints.append(f"{queues[row['queue']]}, slot {row['due']}: on {platform.name} {wrong}")
    complaints += [f"{count} publications are said to be {one}" for one, count in said.items() if one and count > 1]
    strays = sum(map(len, accepted.values()))
    return counts, complaints + ([f"{strays} posts are of no publication of a queue"] if strays else [])


def _accepted(far: Far) -> dict[Any, list[str]]:
    found: dict[Any, list[str]] = {}
    for one in far.deliveries:
        if one.receipt:
            found.setdefault(one.publication, []).append(one.receipt.remote_id)
    return found


def wrong_of(row: Mapping[str, Any], remote_ids: Sequence[str], texts: Mapping[str, tuple[str, str]]) -> str | None:
    """What cannot be, whatever happened. `texts` has the account and the text of each post there is.

    Two posts of one account that are alike, and whose answers were lost together, nobody can tell apart: if one of the
    requests was lost as well, either may be taken for the post that there is, and the other one is unconfirmed.
    """
    status = row["status"]
    if len(remote_ids) > 1:
        return f"it was published {len(remote_ids)} times"
    if status == "published" and texts.get(row["remote_id"]) != (row["account"], row["content"]):
        return f"it is said to be {row['remote_id']}, and the platform has {remote_ids}"
    if status == "failed" and remote_ids:
        return f"it is said to have failed ({row['error_code']}), and the platform has it"
    if status not in {"published", "failed", "unconfirmed"}:
        return f"it is {status} in the end"
    return None


def _unexplained(row: Mapping[str, Any], platform: Platform, troubles: Sequence[Trouble]) -> str | None:
    """What can only be where something was away."""
    due = as_time(row["due"])
    if row["status"] == "published":
        late = as_time(row["published_time"]) - due
        if timedelta() <= late <= ON_TIME:
            return None
        what = f"it was published at {row['published_time']}"
    else:
        what = f"it is {row['status']} ({row['error_code']})"
    if any(one.explains(platform, due) for one in troubles):
        return None
    return f"{what}, and nothing was away"
