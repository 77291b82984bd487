"""`perennial forget`: nothing of an owner is left, and nobody else loses anything."""

import subprocess
from typing import Any

import httpx2
import pytest
from support.api import CREATE_POST, User
from support.clock import FakeClock
from support.keeping.old_clones import INSERT, ran_queue, write
from support.processes import forked
from support.publishing import connect, refresh_token
from support.stores.catalogs import Postgres, Sqlite, read_sqlite
from support.stores.databases import TABLES
from support.ticks import HOUR

from perennial.db.sql import run_sql
from perennial.keeping import forgetting
from perennial.keeping.exporting import export
from perennial.keeping.forgetting import count, forget
from perennial.process import Process


def silent(_line: str) -> None:
    pass


async def has_everything(user: User, clock: FakeClock, process: Process) -> None:
    """Something in every table, and something that is due tomorrow."""
    await connect(user, "X", refresh_token(user.name))
    await connect(user, "LINKEDIN")
    await user.do(CREATE_POST, input={"publications": [{"platform": "X", "content": "Hi"}], "idempotencyKey": "k"})
    queue = await ran_queue(user, clock, process, texts={"x": f"{user.name}'s", "linkedin": "Hello"})
    post = await user.create_post(x=f"{user.name}'s other")
    await user.schedule_post(post["id"], clock.now + 24 * HOUR)
    await user.create_queue(queue["originalPostId"], clock.now + 24 * HOUR)


@pytest.fixture
async def both(alice: User, bob: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient) -> None:
    """Alice and Bob have something in every table."""
    await has_everything(alice, clock, process)
    await has_everything(bob, clock, process)


async def exported(owner: str) -> list[Any]:
    return [line async for line in export(owner)]


@pytest.mark.usefixtures("both")
async def test_nothing_of_the_owner_is_left_and_everything_of_others_is(alice: User, bob: User) -> None:
    bobs = await exported(bob.name)
    counts = await forget(alice.name, silent)
    assert counts == {"accounts": 2, "posts": 4, "queues": 2, "idempotencyKeys": 1}
    assert await exported(alice.name) == []
    assert +await count(alice.name) == {}
    assert await exported(bob.name) == bobs
    everything = [str(dict(row)) for table in TABLES for row in await run_sql(f"SELECT * FROM {table}")]
    assert not [row for row in everything if alice.name in row]
    orphans = "SELECT id FROM publications WHERE post_id NOT IN (SELECT id FROM posts)"
    assert await run_sql(orphans) == []


@pytest.mark.usefixtures("both")
async def test_nothing_of_it_goes_out_any_more_and_no_worker_brings_anything_back(
    alice: User, bob: User, clock: FakeClock, process: Process, published: Any
) -> None:
    before = len(await published())
    await forget(alice.name, silent)
    clock.advance(hours=24)
    await process.ticker.process_due_queues()
    await process.publisher.publish_due()
    assert +await count(alice.name) == {}
    assert {user for _, user, _ in (await published())[before:]} == {bob.name}


@pytest.mark.usefixtures("both")
async def test_one_that_ends_anywhere_can_be_run_again(alice: User, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of one; each time it gets one statement farther."""
    monkeypatch.setattr(forgetting, "BATCH_SIZE", 1)
    bobs = await exported(bob.name)
    for left in range(100):
        monkeypatch.setattr(forgetting, "run_sql", _Ending(left))
        try:
            await forget(alice.name, silent)
        except _KilledError:
            monkeypatch.setattr(forgetting, "run_sql", run_sql)
        else:
            break
    monkeypatch.setattr(forgetting, "run_sql", run_sql)
    assert +await count(alice.name) == {}
    assert await exported(bob.name) == bobs


class _KilledError(Exception):
    pass


class _Ending:
    """Runs so many statements, and then no more."""

    def __init__(self, left: int) -> None:
        self.left = left

    async def __call__(self, *args: Any) -> Any:
        self.left -= 1
        if self.left < 0:
            raise _KilledError
        return await run_sql(*args)


def run_forget(database: Sqlite | Postgres, *arguments: str, answer: str = "") -> "subprocess.CompletedProcess[str]":
    return forked("-m", "perennial", "forget", *arguments, given=answer, **database.environment)


async def test_the_command_deletes_and_says_how_much(migrated: Sqlite | Postgres) -> None:
    await write(migrated)
    done = run_forget(migrated, "alice", "--yes")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "0 queues deleted\n1 posts deleted\n0 accounts deleted\n0 idempotencyKeys deleted\n"
    assert await migrated.rows("SELECT * FROM posts") == []
    again = run_forget(migrated, "alice", "--yes")
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr.endswith("perennial: there is nothing of an owner alice\n")


@pytest.mark.parametrize(("answer", "code"), [("alice\n", 0), ("yes\n", 1), ("\n", 1), ("", 1)])
def test_it_asks_for_the_owners_id_before(migrated_sqlite: Sqlite, answer: str, code: int) -> None:
    read_sqlite(migrated_sqlite.file, INSERT)
    done = run_forget(migrated_sqlite, "alice", answer=answer)
    assert done.returncode == code
    assert "this deletes all that alice has, and cannot be undone: 0 accounts, 1 posts," in done.stderr
    assert len(read_sqlite(migrated_sqlite.file, "SELECT * FROM posts")) == code


def test_arguments_that_are_wrong_are_one_line_and_help_says_what_they_are(tmp_path: Any) -> None:
    for command in ("export", "forget"):
        done = forked("-m", "perennial", command)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("perennial: the following arguments are required: owner; ")
        helped = forked("-m", "perennial", command, "--help")
        assert (helped.returncode, "OWNER" in helped.stdout.upper()) == (0, True)
