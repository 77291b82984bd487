"""What must be true after any disaster: the ledger, the publications and the platforms tell the same story."""

from collections import Counter
from pathlib import Path
from typing import Any

from perennial.queues.recurrence.reasons import OF_SEVERAL
from support.production.stage import Key, Stage

_PUBLICATIONS = """
    SELECT upper(platform) AS network, clerk_user_id AS owner, content, publications.*
    FROM publications JOIN posts ON posts.id = post_id WHERE publications.status <> 'draft'
"""
_TWICE = """
    SELECT queue_id, scheduled_time FROM queue_executions GROUP BY queue_id, scheduled_time HAVING count(*) > 1
"""
_MISCOUNTED = """
    SELECT id FROM recurring_queues
    WHERE execution_count <> (SELECT count(*) FROM queue_executions WHERE queue_id = recurring_queues.id
                              AND outcome = 'executed')
"""
_WITHOUT_CLONE = """
    SELECT queue_executions.id FROM queue_executions LEFT JOIN posts ON posts.id = post_id
    WHERE outcome = 'executed' AND posts.created_by_queue_id IS DISTINCT FROM queue_id
"""
_WITHOUT_LEDGER = """
    SELECT id FROM posts
    WHERE created_by_queue_id IS NOT NULL AND 1 <> (SELECT count(*) FROM queue_executions WHERE post_id = posts.id)
"""
# Posts take turns: none was cloned twice before all others were once, and whose turn it is follows from the clones.
_OUT_OF_TURN = """
    SELECT queue_id FROM (
        SELECT queue_id, post_id, last_used_time, count(posts.id) AS uses
        FROM queue_posts LEFT JOIN posts ON created_by_queue_id = queue_id AND cloned_from_id = post_id
        GROUP BY queue_id, post_id, last_used_time
    ) AS turns
    GROUP BY queue_id HAVING max(uses) > min(uses) + 1 OR bool_or((last_used_time IS NULL) <> (uses = 0))
"""
# Of queues that run daily and were made when their first occurrence fell due: the days that have passed since, by
# PostgreSQL's own time zones.
_UNACCOUNTED = f"""
    SELECT id, slots, created_at, next_scheduled_time FROM recurring_queues AS queue LEFT JOIN (
        SELECT queue_id, sum(missed_count + (reason IS NULL OR reason NOT IN {OF_SEVERAL})::int) AS slots
        FROM queue_executions WHERE NOT extra GROUP BY queue_id
    ) AS ledger ON queue_id = queue.id
    WHERE COALESCE(slots, 0) <> (next_scheduled_time AT TIME ZONE COALESCE(timezone, 'UTC'))::date
        - (created_at AT TIME ZONE COALESCE(timezone, 'UTC'))::date
"""
_OFF_THE_CLOCK = """
    SELECT id FROM recurring_queues
    WHERE timezone IS NOT NULL AND next_local_time::timestamp AT TIME ZONE timezone <> next_scheduled_time
"""
_LATE_HEADS = """
    SELECT id, next_due, earliest, blocked_until FROM connected_accounts JOIN (
        SELECT connected_account_id AS id, min(next_attempt_time) AS earliest FROM publications
        WHERE status = 'scheduled' GROUP BY 1
    ) AS waiting USING (id)
    WHERE next_due IS NULL OR next_due > GREATEST(earliest, blocked_until)
"""
_MISLISTED = """
    SELECT posts.id, posts.platforms, earliest_time, found.platforms AS present, earliest FROM posts LEFT JOIN (
        SELECT post_id AS id, string_agg(platform, ',' ORDER BY platform COLLATE "C") AS platforms,
            min(scheduled_time) AS earliest
        FROM publications GROUP BY 1
    ) AS found USING (id)
    WHERE posts.platforms <> COALESCE(found.platforms, '') OR earliest_time IS DISTINCT FROM earliest
"""


async def assert_no_head_is_late(stage: Stage) -> None:
    """Every account is looked at as soon as anything of it is due; and no worker has ever had to mend that."""
    assert await stage.rows(_LATE_HEADS) == []
    assert _logs_with(stage, "account.head_mended") == []


async def assert_posts_are_listed_as_they_are(stage: Stage) -> None:
    """What lists use of a post is what its publications say; and no worker has ever had to mend that."""
    assert await stage.rows(_MISLISTED) == []
    assert _logs_with(stage, "post.listing_mended") == []


def _logs_with(stage: Stage, event: str) -> list[Path]:
    return [log for log in stage.folder.glob("*.log") if event in log.read_text(errors="replace")]


async def assert_ledger_is_whole(stage: Stage) -> None:
    """One ledger row for an occurrence, one clone for a ledger row, one use of a turn for a clone."""
    for sql in (_TWICE, _MISCOUNTED, _WITHOUT_CLONE, _WITHOUT_LEDGER, _OUT_OF_TURN):
        assert await stage.rows(sql) == [], sql


async def assert_each_slot_is_accounted_for(stage: Stage) -> None:
    """Every day that has passed is in the ledgers once, and the next one is at its time of day."""
    for sql in (_UNACCOUNTED, _OFF_THE_CLOCK):
        assert await stage.rows(sql) == [], sql


async def assert_nothing_twice(stage: Stage) -> None:
    """The ledger is whole; one request for a publication; no false receipt."""
    await assert_ledger_is_whole(stage)
    requests, posts = await stage.requests(), await stage.posts()
    assert [key for key, times in requests.items() if times > 1] == []
    assert [key for key, ids in posts.items() if len(ids) > 1] == []
    written = {key: row["remote_id"] for key, row in (await publications(stage)).items() if row["remote_id"]}
    assert written.items() <= {key: ids[0] for key, ids in posts.items()}.items()


async def publications(stage: Stage) -> dict[Key, dict[str, Any]]:
    """All that are no drafts, by platform, user and text."""
    rows = await stage.rows(_PUBLICATIONS)
    found = {(row["network"], row["owner"], row["content"]): row for row in rows}
    assert len(found) == len(rows), "a text was cloned twice"
    return found


async def fates(stage: Stage) -> dict[tuple[str, str], tuple[str, int]]:
    """The status of each user's only publication on each platform, and how many requests there were for it."""
    requests = await stage.requests()
    found = {key[:2]: (row["status"], requests[key]) for key, row in (await publications(stage)).items()}
    assert set(requests) <= set(await publications(stage))
    return found


async def outcomes(stage: Stage) -> Counter[tuple[str, str | None, int]]:
    """The ledger, counted: outcome, reason and missed occurrences."""
    rows = await stage.rows("SELECT outcome, reason, missed_count FROM queue_executions")
    return Counter((row["outcome"], row["reason"], row["missed_count"]) for row in rows)


async def counts(stage: Stage) -> dict[str, int]:
    """How many ledger rows, clones and published publications there are, and how many requests there were."""
    published = "SELECT count(*) FROM publications WHERE status = 'published' AND remote_id IS NOT NULL"
    return {
        "ledger": await stage.one("SELECT count(*) FROM queue_executions"),
        "clones": await stage.one("SELECT count(*) FROM posts WHERE created_by_queue_id IS NOT NULL"),
        "published": await stage.one(published),
        "requests": (await stage.requests()).total(),
    }
