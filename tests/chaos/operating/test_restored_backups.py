"""A backup that is restored, after the steps that docs/backups.md has for it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from support.processes import stop
from support.production.mixed import mixed_queues
from support.production.restoring import back_up, restored
from support.production.seeds import BOTH, ago, connect, posts, sealed
from support.production.stage import Stage
from support.production.truth import assert_nothing_twice, assert_posts_are_listed_as_they_are, publications
from support.stores.backups import sql_of
from support.story import eventually, soon

from perennial.core.instants import instant
from perennial.core.states import PublicationStatus, post_status
from perennial.jobs.worker_functions import WorkerFunction

AFTER_RESTORE, WHOM_TO_ASK = sql_of("Restore")
(HOLD_BACK,) = sql_of("Hold back what owners may have changed")

HOUR = timedelta(hours=1)
_CLAIM = """
    UPDATE publications SET status = 'publishing', claim_id = gen_random_uuid(), lease_expires_at = now()
    WHERE post_id = $1
"""
_CLAIM_ENDS = """
    UPDATE publications SET status = 'scheduled', claim_id = NULL, lease_expires_at = NULL WHERE post_id = $1
"""
_STATES = """
    SELECT posts.status, array_agg(publications.status) AS states
    FROM posts JOIN publications ON post_id = posts.id GROUP BY posts.id
"""
_LEDGER = (
    "SELECT outcome, reason, missed_count, scheduled_time, until FROM queue_executions WHERE queue_id = $1 ORDER BY 4"
)
_WILL_GO_OUT = """
    SELECT id FROM publications WHERE status IN ('scheduled', 'publishing')
    UNION SELECT id FROM recurring_queues WHERE status = 'active' OR paused_until IS NOT NULL
"""
_PUBLICATIONS_OF = """
    SELECT DISTINCT platform, posts.status AS post,
        to_jsonb(publications) - '{id,post_id,content}'::text[] AS publication
    FROM publications JOIN posts ON posts.id = post_id WHERE clerk_user_id = $1 ORDER BY platform
"""
_RECONNECT = """
    UPDATE connected_accounts SET status = 'active', token_expires_at = NULL, encrypted_access_token = $1
    WHERE clerk_user_id = 'zoe'
"""


async def test_what_went_out_after_the_backup_is_not_sent_again_and_what_is_due_later_goes_out(stage, postgres_url):
    """X's posts are found and get their receipts, LinkedIn's are in doubt; occurrences that ran are skipped.

    Where it is held back, nothing goes out.
    """
    weekly, later, backup, until = await lost_after_a_backup(stage, postgres_url)
    sent = await stage.requests()
    async with restored(stage, postgres_url, backup, AFTER_RESTORE, AFTER_RESTORE, WHOM_TO_ASK, until=until) as again:
        await assert_posts_follow_their_publications(again)
        await again.fail("X", user="zoe", operation="timeline", status=401, times=1)
        await again.ready_worker()
        await eventually(lambda: zoe_is_lost(again), "zoe's tokens are refused")
        await again.database.execute(_RECONNECT, sealed(again, "sandbox-zoe~1"))
        await again.all_look_ups()
        assert await again.requests() == sent
        expected = {("X", "published"): 3, ("LINKEDIN", "unconfirmed"): 2}
        assert await statuses(again, "alice", "bob", "carol", "zoe") == expected
        (row,) = await again.rows(_LEDGER, weekly)
        assert (row["outcome"], row["reason"], row["missed_count"]) == ("skipped", "RESTORED", 2)
        assert await next_time(again, weekly) == row["until"] + timedelta(days=7) > soon(0)
        await an_hour_passes(again)
        assert (await again.requests()).total() == sent.total() + 2 * 2
        assert await statuses(again, "dave", "erin") == {("X", "published"): 2, ("LINKEDIN", "published"): 2}
        ran = [(one["outcome"], one["reason"]) for one in await again.rows(_LEDGER, later)]
        assert ran == [("skipped", "PAUSED"), ("executed", None)]
        await assert_nothing_twice(again)
    async with restored(stage, postgres_url, backup, AFTER_RESTORE, HOLD_BACK, until=until) as held:
        await assert_posts_follow_their_publications(held)
        assert await held.rows(_WILL_GO_OUT) == []
        # Erin's post was scheduled: it is a draft now, like those of alice's queue, which never were.
        assert await held.rows(_PUBLICATIONS_OF, "erin") == await held.rows(_PUBLICATIONS_OF, "alice") != []


async def lost_after_a_backup(stage: Stage, server_url: str) -> tuple[UUID, UUID, Any, str]:
    """A production that went on after its backup, and was lost.

    Returns the queue of several posts that ran since, the one whose pause ends in an hour, when it is due, the backup,
    and when the last worker stopped.
    """
    await connect(stage, ["alice", "bob", "carol", "dave", "erin"])
    tokens = {"encrypted_refresh_token": sealed(stage, "sandbox-refresh-zoe"), "token_expires_at": ago(minutes=1)}
    await connect(stage, ["zoe"], ["X"], **tokens)
    (weekly,) = await mixed_queues(stage, ["alice"], ago(days=7, seconds=1), kinds=["rotation"], interval=7)
    (later,) = await mixed_queues(stage, ["dave"], soon(0) + HOUR, kinds=["paused"])
    await posts(stage, ["bob"])
    (claimed,) = await posts(stage, ["carol"])
    await posts(stage, ["erin"], soon(0) + HOUR)
    await posts(stage, ["zoe"], ago(hours=25), ["X"])
    await stage.database.execute(_CLAIM, claimed)
    backup = await back_up(stage, server_url)
    await stage.database.execute(_CLAIM_ENDS, claimed)
    worker = await stage.ready_worker()
    await eventually(lambda: all_but_two_are_out(stage), "what is due goes out")
    stop(worker)
    return weekly, later, backup, instant(soon(0))


async def all_but_two_are_out(stage: Stage) -> bool:
    """Of the queues one ran, and of the posts three were due."""
    return (
        (await stage.requests()).total()
        == 2 * len(BOTH) + 2 + 1
        == await stage.one("SELECT count(*) FROM publications WHERE status = 'published'")
    )


async def zoe_is_lost(stage: Stage) -> bool:
    status = await stage.one("SELECT status FROM connected_accounts WHERE clerk_user_id = 'zoe'")
    return bool(status == "reconnect_required")


async def statuses(stage: Stage, *users: str) -> dict[tuple[str, str], int]:
    """How many publications of these users have which status, on which platform."""
    found: dict[tuple[str, str], int] = {}
    for (platform, user, _), row in (await publications(stage)).items():
        if user in users:
            found[platform, row["status"]] = found.get((platform, row["status"]), 0) + 1
    return found


async def next_time(stage: Stage, queue: UUID) -> datetime:
    time: datetime = await stage.one("SELECT next_scheduled_time FROM recurring_queues WHERE id = $1", queue)
    return time


async def an_hour_passes(stage: Stage) -> None:
    """All that is to come is an hour nearer; then the worker looks."""
    async with stage.database.acquire() as connection, connection.transaction():
        for table, column in (
            ("recurring_queues", "next_scheduled_time"),
            ("recurring_queues", "paused_until"),
            ("posts", "earliest_time"),
            ("connected_accounts", "next_due"),
            ("publications", "scheduled_time"),
        ):
            await connection.execute(f"UPDATE {table} SET {column} = {column} - $1::interval", HOUR)
        sql = "UPDATE publications SET next_attempt_time = next_attempt_time - $1::interval WHERE status = 'scheduled'"
        await connection.execute(sql, HOUR)
    await stage.work(WorkerFunction.PROCESS_QUEUES)
    await stage.work(WorkerFunction.PUBLISH)
    await stage.settled()


async def assert_posts_follow_their_publications(stage: Stage) -> None:
    """What the steps wrote is what Perennial itself derives."""
    rows = await stage.rows(_STATES)
    assert [row["status"] for row in rows] == [post_status(map(PublicationStatus, row["states"])) for row in rows]
    await assert_posts_are_listed_as_they_are(stage)
