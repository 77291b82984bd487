"""Rows that nobody can read or write, at the head of every batch: they cost themselves alone, tick after tick."""

from uuid import UUID, uuid4

import pytest
from support.production.seeds import ago, connect, drafts, posts, queues
from support.production.stage import Stage
from support.production.truth import assert_nothing_twice, outcomes, publications
from support.story import eventually

from perennial.jobs.worker_functions import WorkerFunction

USERS = [f"user{n}" for n in range(20)]
TICKS = 3
LAPSED = """
    UPDATE publications SET status = 'publishing', claim_id = $2, lease_expires_at = $3
    WHERE post_id = $1 AND status = 'scheduled'
"""


async def test_a_queue_that_cannot_be_read_is_passed_by_tick_after_tick_and_the_others_run(stage):
    """Nothing can be written of it either: it stays as it is, for those who can read it."""
    await connect(stage, ["poison", *USERS])
    (poisoned,) = await queues(stage, ["poison"], ago(hours=1), cadence="fortnightly")
    await tick_by_tick(stage)
    assert await outcomes(stage) == {("executed", None, 0): TICKS * len(USERS)}
    assert await ledger_of(stage, poisoned) == []
    assert await stage.one("SELECT next_scheduled_time < now() FROM recurring_queues WHERE id = $1", poisoned)
    await assert_the_others_are_out(stage)


async def test_a_queue_whose_original_cannot_be_read_fails_in_the_ledger_and_the_others_run(stage):
    await connect(stage, ["poison", *USERS])
    (poisoned,) = await queues(stage, ["poison"], ago(hours=1))
    posts_of_it = "SELECT original_post_id FROM recurring_queues WHERE id = $1"
    sql = f"UPDATE publications SET platform = 'mastodon' WHERE platform = 'x' AND post_id IN ({posts_of_it})"
    await stage.database.execute(sql, poisoned)
    sql = f"UPDATE posts SET platforms = 'linkedin,mastodon' WHERE id IN ({posts_of_it})"
    await stage.database.execute(sql, poisoned)
    await tick_by_tick(stage)
    ((outcome, reason),) = await ledger_of(stage, poisoned)
    assert (outcome, reason.partition(":")[0]) == ("failed", "INTERNAL_ERROR")
    assert await stage.one("SELECT next_scheduled_time > now() FROM recurring_queues WHERE id = $1", poisoned)
    await assert_the_others_are_out(stage)


async def test_a_queue_whose_clone_cannot_be_written_fails_in_the_ledger_and_the_others_run(stage):
    await connect(stage, ["poison", *USERS])
    (poisoned,) = await queues(stage, ["poison"], ago(hours=1))
    await refuse_clones_of(stage, poisoned)
    await tick_by_tick(stage)
    ((outcome, reason),) = await ledger_of(stage, poisoned)
    assert (outcome, reason.partition(":")[0]) == ("failed", "INTERNAL_ERROR")
    await assert_the_others_are_out(stage)


@pytest.mark.parametrize("column", [{"status": "enchanted"}, {"platform": "mastodon"}], ids=["status", "platform"])
async def test_an_account_that_cannot_be_read_costs_nobody_else_anything(stage, column):
    """Neither their queues nor their posts, which are due behind its own. A newer version may have written it."""
    await connect(stage, USERS)
    await connect(stage, ["poison"], ["X"], **column)
    await queues(stage, ["poison"], ago(hours=1))
    await posts(stage, ["poison"], ago(hours=1))
    await tick_by_tick(stage)
    await assert_the_others_are_out(stage)


@pytest.mark.parametrize(
    "poison",
    [
        "UPDATE posts SET status = 'enchanted' WHERE id = $1",
        "UPDATE publications SET status = 'limbo' WHERE post_id = $1 AND platform = 'linkedin'",
    ],
    ids=["post", "publication"],
)
@pytest.mark.parametrize("lapsed", [False, True], ids=["due", "lapsed"])
async def test_a_post_that_cannot_be_read_costs_nobody_else_anything(stage, poison, lapsed):
    """It is due on X before all others, or was claimed by a worker that died."""
    await connect(stage, ["poison", *USERS])
    (post,) = await posts(stage, ["poison"], ago(hours=1))
    await stage.database.execute(poison, post)
    if lapsed:
        await stage.database.execute(LAPSED, post, uuid4(), ago(minutes=1))
    await tick_by_tick(stage)
    await assert_the_others_are_out(stage)


async def test_posts_of_an_owner_whose_tokens_cannot_be_read_are_tried_again_and_the_others_go_out(stage):
    await connect(stage, USERS)
    await connect(stage, ["poison"], encrypted_access_token="no token")
    await posts(stage, ["poison"], ago(hours=1))
    await tick_by_tick(stage)
    await assert_the_others_are_out(stage)
    await eventually(lambda: is_scheduled_again(stage), "its own are tried again")
    codes = {row["error_code"] for key, row in (await publications(stage)).items() if key[1] == "poison"}
    assert codes == {"TOKEN_UNREADABLE"}


async def tick_by_tick(stage: Stage) -> None:
    """Again and again queues and posts of others fall due, behind what is poisoned."""
    await drafts(stage, USERS)
    stage.worker()
    for _ in range(TICKS):
        await queues(stage, USERS)
        await posts(stage, USERS)
        await stage.work(WorkerFunction.PROCESS_QUEUES)
        await stage.work(WorkerFunction.PUBLISH)


async def ledger_of(stage: Stage, queue: UUID) -> list[tuple[str, str]]:
    rows = await stage.rows("SELECT outcome, reason FROM queue_executions WHERE queue_id = $1", queue)
    return [(row["outcome"], row["reason"]) for row in rows]


async def assert_the_others_are_out(stage: Stage) -> None:
    await eventually(lambda: are_out(stage, 2 * 2 * TICKS * len(USERS)), "the others' posts are out")
    await assert_nothing_twice(stage)


async def are_out(stage: Stage, number: int) -> bool:
    sql = "SELECT count(*) = $1 FROM publications JOIN posts ON posts.id = post_id"
    return await stage.one(f"{sql} WHERE publications.status = 'published' AND clerk_user_id <> 'poison'", number)


async def is_scheduled_again(stage: Stage) -> bool:
    return not await stage.one("SELECT count(*) FROM publications WHERE status = 'publishing'")


async def refuse_clones_of(stage: Stage, queue: UUID) -> None:
    """The database itself refuses them, as no bug of ours could be counted on to."""
    refuse = "CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'poison'; END $$"
    when = f"FOR EACH ROW WHEN (NEW.created_by_queue_id = '{queue}')"
    await stage.database.execute(refuse)
    await stage.database.execute(f"CREATE TRIGGER poison BEFORE INSERT ON posts {when} EXECUTE FUNCTION poison()")
