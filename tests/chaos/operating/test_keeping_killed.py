"""A pruning, and the deletion of all that an owner has, killed twenty times at any moment: what has to stay stays."""

from typing import Any
from uuid import UUID

from support.keeping.killed import DAYS, forget, kill_again_and_again, prune
from support.production.seeds import BOTH, ago, connect, drafts, insert, listed, queues
from support.production.stage import Stage
from support.story import soon

from perennial.core.ids import first_id_of
from perennial.core.states import PublicationStatus

KILLS = 20
OLD = 100
OLD_ROWS = "SELECT (SELECT count(*) FROM posts WHERE id < $1) + (SELECT count(*) FROM queue_executions WHERE id < $1)"
HALF = """
    SELECT (SELECT count(*) FROM posts WHERE (SELECT count(*) FROM publications WHERE post_id = posts.id) <> 2)
        + (SELECT count(*) FROM publications WHERE post_id NOT IN (SELECT id FROM posts))
        + (SELECT count(*) FROM queue_executions WHERE queue_id NOT IN (SELECT id FROM recurring_queues))
"""
# A clone may be there without its row of the ledger only where somebody has deleted it too soon.
WITHOUT_ROW = """
    SELECT count(*) FROM posts
    WHERE created_by_queue_id IS NOT NULL AND id NOT IN (SELECT post_id FROM queue_executions)
"""
OF_ALICE = """
    SELECT (SELECT count(*) FROM posts WHERE clerk_user_id = 'alice')
        + (SELECT count(*) FROM recurring_queues WHERE clerk_user_id = 'alice')
        + (SELECT count(*) FROM connected_accounts WHERE clerk_user_id = 'alice')
        + (SELECT count(*) FROM idempotency_keys WHERE clerk_user_id = 'alice')
"""
ALL_ROWS = """
    SELECT (SELECT count(*) FROM posts), (SELECT count(*) FROM publications), (SELECT count(*) FROM recurring_queues),
        (SELECT count(*) FROM queue_executions), (SELECT count(*) FROM connected_accounts)
"""


async def clones(stage: Stage, owner: str, queue: UUID, days: int, number: int = OLD) -> list[UUID]:
    """What a queue of the owner's has published so many days ago."""
    time, ids = ago(days=days), ids_of(days, queue, number)
    accounts = await stage.rows("SELECT id, platform FROM connected_accounts WHERE clerk_user_id = $1", owner)
    same = {"clerk_user_id": owner, "status": "published", "created_at": time, "updated_at": time}
    same["platforms"] = listed(BOTH)
    await insert(stage, "posts", [{"id": one, "created_by_queue_id": queue, **same} for one in ids])
    done = {"content": "Hello", "status": "published", "attempts": 1, "published_time": time}
    rows: list[dict[str, Any]] = [
        {
            "id": UUID(int=one.int + place * 2**40),
            "post_id": one,
            "platform": account["platform"],
            "connected_account_id": account["id"],
            **done,
        }
        for one in ids
        for place, account in enumerate(accounts)
    ]
    await insert(stage, "publications", rows)
    ran = {"queue_id": queue, "executed_time": time, "outcome": "executed", "missed_count": 0}
    times = [ago(days=days, seconds=number) for number in range(len(ids))]
    ledger = [{"id": one, "post_id": one, "scheduled_time": at, **ran} for one, at in zip(ids, times, strict=True)]
    await insert(stage, "queue_executions", ledger)
    return ids


def ids_of(days: int, queue: UUID, number: int) -> list[UUID]:
    """Ids of that time, none of them another queue's."""
    first = first_id_of(ago(days=days)).int + (queue.int % 2**20) * 2**10
    return [UUID(int=first + one) for one in range(number)]


async def test_a_pruning_that_is_killed_at_any_moment_keeps_what_is_needed_and_nothing_else(stage: Stage) -> None:
    await connect(stage, ["alice", "bob"])
    mine, bobs = await queues(stage, ["alice", "bob"], soon(3_600))
    await clones(stage, "alice", mine, days=60)
    (repeated,) = await clones(stage, "alice", mine, days=59, number=1)
    await stage.database.execute("UPDATE recurring_queues SET original_post_id = $1 WHERE id = $2", repeated, mine)
    (doubt,) = await drafts(stage, ["alice"])
    await stage.database.execute(
        "UPDATE publications SET status = $1, request_started_time = $2, connected_account_id = "
        "(SELECT id FROM connected_accounts WHERE clerk_user_id = 'alice' AND platform = 'x') "
        "WHERE post_id = $3 AND platform = 'x'",
        PublicationStatus.UNCONFIRMED.value,
        ago(days=45),
        doubt,
    )
    needed = await clones(stage, "alice", mine, days=40)
    await clones(stage, "bob", bobs, days=40)
    young = await clones(stage, "bob", bobs, days=DAYS - 1)
    old = first_id_of(ago(days=DAYS))
    stays = 2 * len([*needed, repeated])

    async def left() -> int:
        return int(await stage.one(OLD_ROWS, old)) - stays

    async def is_whole() -> bool:
        return bool(await stage.one(HALF) == await stage.one(WITHOUT_ROW) == 0)

    assert await kill_again_and_again(prune, stage.environment, left, is_whole, KILLS) > KILLS / 2
    assert await left() == 0
    found = await stage.rows("SELECT id FROM posts WHERE created_by_queue_id IS NOT NULL ORDER BY id")
    assert [row["id"] for row in found] == sorted([*needed, repeated, *young])
    assert await stage.one("SELECT count(*) FROM posts WHERE created_by_queue_id IS NULL") == 3


async def test_a_forgetting_that_is_killed_at_any_moment_leaves_nothing_and_takes_nothing_of_others(
    stage: Stage,
) -> None:
    await connect(stage, ["bob"])
    (bobs,) = await queues(stage, ["bob"], soon(3_600))
    await clones(stage, "bob", bobs, days=60)
    before = await stage.rows(ALL_ROWS)
    await connect(stage, ["alice"])
    mine = await queues(stage, ["alice"] * OLD, soon(3_600))
    await clones(stage, "alice", mine[0], days=60)
    common = {"clerk_user_id": "alice", "fingerprint": "", "created_at": soon(0)}
    keys = [{"id": one, "key": str(one), "result_id": one, **common} for one in mine]
    await insert(stage, "idempotency_keys", keys)

    async def left() -> int:
        return int(await stage.one(OF_ALICE))

    async def is_whole() -> bool:
        return bool(await stage.one(HALF) == 0)

    assert await kill_again_and_again(forget, stage.environment, left, is_whole, KILLS) > KILLS / 2
    assert await left() == 0
    assert await stage.rows(ALL_ROWS) == before
