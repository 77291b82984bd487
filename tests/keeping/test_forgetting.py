"""`perennial forget`: nothing of an owner is left, and nobody else loses anything."""

import asyncio
import subprocess
import sys
from typing import Any

import httpx2
import pytest
from support.api import CREATE_POST, CREATE_QUEUE, User
from support.clock import FakeClock
from support.keeping.old_clones import INSERT, ran_queue, write
from support.processes import ROOT, clean_environment, completed
from support.publishing import claim_due, connect, due_post, refresh_token
from support.races import Faster
from support.stores.catalogs import Postgres, Sqlite, read_sqlite
from support.stores.databases import TABLES
from support.story import eventually
from support.ticks import HOUR

from perennial.core.command_line import CommandError
from perennial.core.instants import instant
from perennial.db.models import ConnectedAccount, Publication
from perennial.db.sql import run_sql
from perennial.keeping import forgetting
from perennial.keeping.exporting import export
from perennial.keeping.forgetting import count, forget
from perennial.process import Process
from perennial.publishing import claims


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


async def test_a_tick_that_is_just_running_brings_nothing_out(
    alice: User, clock: FakeClock, process: Process, published: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It read the accounts before they were disconnected, and commits its clone after that."""
    await alice.connect("X")
    post = await alice.create_post(x="Hello")
    await alice.create_queue(post["id"], clock.now + HOUR)
    clock.advance(hours=1)
    connected = await ConnectedAccount.get(clerk_user_id=alice.name)

    async def tick_late() -> None:
        """As if its transaction had begun before."""
        await ConnectedAccount.filter(id=connected.id).update(status="active")
        await process.ticker.process_due_queues()
        await run_sql(forgetting._DISCONNECT, alice.name)

    monkeypatch.setattr(forgetting, "run_sql", Faster(run_sql, tick_late))
    assert (await forget(alice.name, silent))["posts"] == 2
    await process.publisher.publish_due()
    assert (await published(), +await count(alice.name)) == ([], {})


async def test_what_is_being_sent_is_waited_for_until_it_is_out_or_cannot_be_sent_any_more(
    alice: User, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "POLL_SECONDS", 0.01)
    await alice.connect("X")
    await due_post(alice, clock, x="Hello")
    (claimed,) = await claim_due(clock)
    said: list[str] = []
    forgotten = asyncio.ensure_future(forget(alice.name, said.append))
    await eventually(lambda: _as_awaitable(said), "it says what it waits for")
    assert said == ["waiting for 1 publications that are being sent"]
    assert await Publication.all().count() == 1
    assert not forgotten.done()
    clock.now += claims.CLAIM_LEASE
    await forgotten
    assert await claims.mark([claimed], clock.now) == []
    assert +await count(alice.name) == {}


async def _as_awaitable(value: Any) -> Any:
    return value


async def test_what_is_being_sent_for_ever_is_said(
    alice: User, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(forgetting, "WAIT_SECONDS_MAX", 0.05)
    await alice.connect("X")
    await due_post(alice, clock, x="Hello")
    await claim_due(clock)
    with pytest.raises(CommandError, match="1 publications are still being sent"):
        await forget(alice.name, silent)
    assert await Publication.all().count() == 1


async def test_what_the_owner_creates_meanwhile_is_said(
    alice: User, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await alice.create_post(x="Hello")
    given = {"originalPostId": post["id"], "interval": 7, "nextScheduledTime": instant(clock.now + HOUR)}
    await alice.do(CREATE_QUEUE, input=given)

    async def again() -> None:
        await alice.create_post(x="I am still here")

    monkeypatch.setattr(forgetting, "count", _After(again, forgetting.count))
    with pytest.raises(CommandError, match="new rows of the owner: 1 posts"):
        await forget(alice.name, silent)


class _After:
    """Before it is counted what is left, something else happens."""

    def __init__(self, act: Any, function: Any) -> None:
        self.act, self.function = act, function

    async def __call__(self, *args: Any) -> Any:
        await self.act()
        return await self.function(*args)


@pytest.mark.usefixtures("both")
async def test_one_that_ends_anywhere_can_be_run_again(alice: User, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of one; each time it gets one statement farther."""
    monkeypatch.setattr(forgetting, "BATCH_SIZE", 1)
    bobs = await exported(bob.name)
    for left in range(100):
        ending = _Ending(left)
        monkeypatch.setattr(forgetting, "run_sql", ending)
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
    return subprocess.run(
        [sys.executable, "-m", "perennial", "forget", *arguments],
        cwd=ROOT,
        env={**clean_environment(), **database.environment},
        input=answer,
        capture_output=True,
        text=True,
        check=False,
    )


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
        done = completed("-m", "perennial", command)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("perennial: the following arguments are required: owner; ")
        helped = completed("-m", "perennial", command, "--help")
        assert (helped.returncode, "OWNER" in helped.stdout.upper()) == (0, True)
