"""A copy of production that is started beside the original, as docs/backups.md describes it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from cryptography.fernet import Fernet
from support.processes import stop
from support.production.restoring import back_up, restored
from support.production.seeds import ago, connect, posts, queues, sealed
from support.production.stage import Stage
from support.production.truth import assert_nothing_twice, counts
from support.stores.backups import sql_of
from support.story import eventually

(HOLD_BACK,) = sql_of("Hold back what owners may have changed")
(DELETE_TOKENS,) = sql_of("A copy of production")
OWN_REDIS = {"PERENNIAL_REDIS_PREFIX": "staging"}


@asynccontextmanager
async def copied(stage: Stage, server_url: str, *steps: str, **environment: str) -> AsyncIterator[Stage]:
    """A production in which much is due, and its copy. Neither runs yet. Alice's token on X has to be refreshed."""
    expired = {"encrypted_refresh_token": sealed(stage, "sandbox-refresh-alice"), "token_expires_at": ago(minutes=1)}
    await connect(stage, ["alice"], ["X"], **expired)
    await connect(stage, ["alice"], ["LINKEDIN"])
    await queues(stage, ["alice"])
    await posts(stage, ["alice"])
    backup = await back_up(stage, server_url)
    async with restored(stage, server_url, backup, *steps, **{**OWN_REDIS, **environment}) as copy:
        yield copy


async def test_a_copy_with_the_same_keys_publishes_and_uses_up_the_refresh_tokens_of_the_original(stage, postgres_url):
    """What the page warns of."""
    async with copied(stage, postgres_url) as copy:
        await work_off(copy)
        await work_off(stage)
        assert sorted((await stage.requests()).values()) == [1, 1, 2, 2]
        assert await account_on_x(copy) == ("active", 1)
        assert await account_on_x(stage) == ("reconnect_required", 0)


async def test_a_copy_with_other_keys_sends_and_refreshes_nothing_and_says_why(stage, postgres_url):
    async with copied(stage, postgres_url, PERENNIAL_TOKEN_KEYS=Fernet.generate_key().decode()) as copy:
        worker = await copy.ready_worker()
        await eventually(lambda: are_unreadable(copy), "all that is due waits for a key")
        stop(worker)
        assert (await counts(copy))["clones"] == 1
        assert await account_on_x(copy) == ("active", 0)
        await assert_only_the_original_publishes(stage)


async def test_a_copy_with_the_same_keys_sends_nothing_after_the_steps(stage, postgres_url):
    async with copied(stage, postgres_url, DELETE_TOKENS, HOLD_BACK) as copy:
        await work_off(copy)
        assert await copy.one("SELECT count(*) FROM publications WHERE status <> 'draft'") == 0
        assert await copy.one("SELECT count(*) FROM queue_executions") == 0
        await assert_only_the_original_publishes(stage)


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


async def assert_only_the_original_publishes(stage: Stage) -> None:
    """Until now nobody has; now the original does, once, with tokens that it can still refresh."""
    assert (await stage.requests()).total() == 0
    await work_off(stage)
    assert (await stage.requests()).total() == 4
    assert await account_on_x(stage) == ("active", 1)
    await assert_nothing_twice(stage)
