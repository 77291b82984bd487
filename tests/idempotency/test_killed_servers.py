"""A server that is killed while it makes something: neither a result nor a key is left, or both are."""

from pathlib import Path
from signal import SIGKILL

import pytest
from support.api import CREATE_POST, User
from support.clock import FakeClock
from support.keys import counts
from support.processes import forked

GIVEN = {"publications": [{"platform": "X", "content": "Hello"}], "idempotencyKey": "one"}
# createPost as a server runs it, up to where it dies: `insert` writes, the transaction commits, `get_post` reads.
KILLED = """
import asyncio, os, signal, sys
from datetime import datetime
from functools import partial
from pathlib import Path
from perennial.posts import posts
from perennial.db.connection import open_database, postgres_config, sqlite_config
from perennial.idempotency.keys import Key, run_once
from perennial.platforms.x.transport import X
from perennial.core.states import Platform

config, where, now = eval(sys.argv[1]), sys.argv[2], datetime.fromisoformat(sys.argv[3])
passed = getattr(posts, where)

async def die(*args):
    if where == "insert_posts":
        await passed(*args)
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    setattr(posts, where, die)
    given = {"publications": [{"platform": "x", "content": "Hello"}], "idempotency_key": "one"}
    key = Key.of("alice", "one", "createPost", given, now)
    x = X(None, "", None, None)
    make = partial(posts.Posts({Platform.X: x}, None, None).create, "alice", [(Platform.X, "Hello")], now, key)
    async with open_database(config):
        await run_once(key, make, die)

asyncio.run(main())
"""


@pytest.fixture
def config(request: pytest.FixtureRequest, database: str, folder: Path) -> str:
    """How another process opens the database that is open here, in Python."""
    if database == "sqlite":
        return f"sqlite_config(Path({str(folder / 'perennial.sqlite3')!r}))"
    return f"postgres_config({request.getfixturevalue('pooled_url')!r}, 2)"


def die(config: str, where: str, clock: FakeClock) -> None:
    done = forked("-c", KILLED, config, where, clock.now.isoformat())
    assert done.returncode == -SIGKILL, done.stderr


async def test_killed_before_the_commit_it_leaves_nothing_and_the_key_is_free(
    alice: User, clock: FakeClock, config: str
) -> None:
    die(config, "insert_posts", clock)
    assert await counts() == [0, 0, 0, 0]
    post = await alice.do(CREATE_POST, input=GIVEN)
    assert await alice.do(CREATE_POST, input=GIVEN) == post
    assert await counts() == [1, 0, 0, 1]


async def test_killed_after_the_commit_it_leaves_both_and_whoever_asks_again_gets_the_answer(
    alice: User, clock: FakeClock, config: str
) -> None:
    die(config, "get_post", clock)
    assert await counts() == [1, 0, 0, 1]
    assert (await alice.do(CREATE_POST, input=GIVEN))["status"] == "DRAFT"
    assert await counts() == [1, 0, 0, 1]
