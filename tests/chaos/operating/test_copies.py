"""A copy of production that is started beside the original, as docs/backups.md describes it."""

import asyncio
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from support.processes import stop
from support.production.restoring import back_up, restored
from support.production.seeds import ago, connect, posts, queues, sealed
from support.production.stage import Stage
from support.production.truth import assert_nothing_twice, counts
from support.stores.backups import sql_of
from support.story import eventually

(DELETE_TOKENS,) = sql_of("A copy of production")
OWN_REDIS = {"PERENNIAL_REDIS_PREFIX": "staging"}
_REASONS = """
    SELECT reason, count(*) FROM (
        SELECT error_code AS reason FROM publications WHERE status <> 'draft' UNION ALL
        SELECT reason FROM queue_executions
    ) AS found GROUP BY reason
"""


async def production(stage: Stage, server_url: str) -> Path:
    """The backup of one in which much is due. Alice's token on X has to be refreshed."""
    expired = {"encrypted_refresh_token": sealed(stage, "sandbox-refresh-alice"), "token_expires_at": ago(minutes=1)}
    await connect(stage, ["alice"], ["X"], **expired)
    await connect(stage, ["alice"], ["LINKEDIN"])
    await queues(stage, ["alice"])
    await posts(stage, ["alice"])
    return await back_up(stage, server_url)


async def test_a_copy_with_the_same_keys_publishes_and_uses_up_the_refresh_tokens_of_the_original(stage, postgres_url):
    """What the page warns of."""
    backup = await production(stage, postgres_url)
    async with restored(stage, postgres_url, backup, **OWN_REDIS) as copy:
        await work_off(copy)
        await work_off(stage)
        assert sorted((await stage.requests()).values()) == [1, 1, 2, 2]
        assert await account_on_x(copy) == ("active", 1)
        assert await account_on_x(stage) == ("reconnect_required", 0)


async def test_copies_with_other_keys_or_without_tokens_send_and_refresh_nothing_and_say_why(stage, postgres_url):
    keys = {"PERENNIAL_TOKEN_KEYS": Fernet.generate_key().decode()}
    backup = await production(stage, postgres_url)
    async with (
        restored(stage, postgres_url, backup, **OWN_REDIS, **keys) as locked,
        restored(stage, postgres_url, backup, DELETE_TOKENS, PERENNIAL_REDIS_PREFIX="emptied") as emptied,
    ):
        workers = await asyncio.gather(locked.ready_worker(), work_off(emptied))
        await eventually(lambda: are_unreadable(locked), "all that is due waits for a key")
        assert (await counts(locked))["clones"] == 1
        assert await account_on_x(locked) == ("active", 0)
        assert await emptied.rows(_REASONS) == [{"reason": "ACCOUNT_MISSING", "count": 1 + 2}]
        assert (await stage.requests()).total() == 0
        stop(workers[0])
    await work_off(stage)
    assert (await stage.requests()).total() == 4
    assert await account_on_x(stage) == ("active", 1)
    await assert_nothing_twice(stage)


async def work_off(stage: Stage) -> None:
    """A worker does all that is due, and ends."""
    worker = await stage.ready_worker()
    await stage.settled()
    stop(worker)


async def are_unreadable(copy: Stage) -> bool:
    """The post's and the clone's publications."""
    rows: list[Any] = await copy.rows("SELECT error_code FROM publications WHERE status = 'scheduled'")
    return [row["error_code"] for row in rows] == ["TOKEN_UNREADABLE"] * 4


async def account_on_x(stage: Stage) -> tuple[str, int]:
    """Its status, and how often its tokens were refreshed."""
    (row,) = await stage.rows("SELECT status, tokens_version FROM connected_accounts WHERE platform = 'x'")
    return row["status"], row["tokens_version"]
