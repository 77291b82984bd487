"""`perennial export`: every row of an owner's, as JSON lines, in an order in which they can be read back."""

import json
import subprocess
import sys
from datetime import datetime
from typing import Any

import httpx2
import pytest
from support.api import CREATE_POST, User
from support.clock import FakeClock
from support.keeping.old_clones import INSERT, ran_queue, write
from support.processes import ROOT, clean_environment, forked
from support.publishing import connect, due_post, refresh_token
from support.stores.catalogs import Postgres, Sqlite, read_sqlite

from perennial.core.instants import instant
from perennial.db.bulk import table_of
from perennial.db.models import ConnectedAccount, Post, QueuePost, RecurringQueue
from perennial.db.sql import run_sql
from perennial.keeping import exporting
from perennial.keeping.exporting import export
from perennial.keeping.owned import OWNED
from perennial.process import Process


async def exported(owner: str) -> list[dict[str, Any]]:
    """The lines, as whoever reads them gets them."""
    return [json.loads(json.dumps(line)) async for line in export(owner)]


@pytest.fixture
async def everything(alice: User, bob: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient) -> None:
    """Alice has something in every table, and Bob has as well."""
    for user in (alice, bob):
        await connect(user, "X", refresh_token(user.name))
        await connect(user, "LINKEDIN")
        await user.do(
            CREATE_POST, input={"publications": [{"platform": "X", "content": "é 🌱\n"}], "idempotencyKey": "k"}
        )
        await ran_queue(user, clock, process, texts={"x": f"{user.name}'s", "linkedin": "Hello"})
        await due_post(user, clock, x=f"{user.name}'s scheduled")
        queue, post = await RecurringQueue.get(clerk_user_id=user.name), await Post.first()
        await QueuePost.create(queue=queue, post=post, position=0)


async def ids_of(owner: str) -> dict[str, set[str]]:
    """The ids of all that the owner has, by kind."""
    found: dict[str, set[str]] = {}
    for table in OWNED:
        mine = f"SELECT id FROM {table_of(table.model)} WHERE clerk_user_id = $1"
        found[table.kind] = {str(row["id"]) for row in await run_sql(mine, owner)}
        for child in table.children:
            sql = f"SELECT id FROM {table_of(child.model)} WHERE {child.parent} IN ({mine})"
            found[child.kind] = {str(row["id"]) for row in await run_sql(sql, owner)}
    return found


@pytest.mark.usefixtures("everything")
@pytest.mark.parametrize(("page", "parents"), [(1_000, 100), (1, 1), (1, 3)])
async def test_every_row_of_the_owner_is_there_once_and_nobody_elses(
    alice: User, monkeypatch: pytest.MonkeyPatch, page: int, parents: int
) -> None:
    monkeypatch.setattr(exporting, "PAGE_SIZE", page)
    monkeypatch.setattr(exporting, "PARENTS_MAX", parents)
    lines = await exported(alice.name)
    wanted = await ids_of(alice.name)
    assert all(wanted.values()), "there is something in every table"
    assert len(lines) == sum(map(len, wanted.values()))
    assert {kind: {one["id"] for one in lines if one["kind"] == kind} for kind in wanted} == wanted


@pytest.mark.usefixtures("everything")
async def test_what_is_named_comes_before_whoever_names_it(alice: User) -> None:
    lines, seen = await exported(alice.name), set[str]()
    for line in lines:
        names = {line[name] for name in ("postId", "queueId", "originalPostId", "connectedAccountId") if line.get(name)}
        assert names <= seen | {line["id"]}, line
        seen.add(line["id"])


@pytest.mark.usefixtures("everything")
async def test_values_are_as_the_api_shows_them(alice: User) -> None:
    lines = {one["id"]: one for one in await exported(alice.name)}
    (queue,) = [one for one in lines.values() if one["kind"] == "queue"]
    shown = await alice.queue(queue["id"])
    same = set(shown) & set(queue)
    assert {name: queue[name] for name in same} == {name: shown[name] for name in same}
    assert len(same) >= 12
    (publication,) = [one for one in shown["executions"]["nodes"][0]["post"]["publications"] if one["platform"] == "X"]
    exported_one = lines[publication["id"]]
    assert {name: exported_one[name] for name in publication} == publication
    assert (exported_one["kind"], exported_one["platform"]) == ("publication", "X")
    time = datetime.fromisoformat(exported_one["scheduledTime"])
    assert exported_one["scheduledTime"] == instant(time)


@pytest.mark.usefixtures("everything")
async def test_no_token_is_in_it(alice: User) -> None:
    text = json.dumps(await exported(alice.name))
    accounts = await ConnectedAccount.filter(clerk_user_id=alice.name)
    secrets = [one for row in accounts for one in (row.encrypted_access_token, row.encrypted_refresh_token) if one]
    assert len(secrets) == 3
    assert not any(secret in text for secret in [*secrets, "sandbox-alice", "sandbox-refresh"])
    assert "ncrypted" not in text


async def test_the_command_writes_a_line_for_each_and_nothing_else(migrated: Sqlite | Postgres) -> None:
    await write(migrated)
    done = forked("-m", "perennial", "export", "alice", **migrated.environment)
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert json.loads(line) == {
        "kind": "post",
        "id": "00000000-0000-7000-8000-000000000001",
        "clerkUserId": "alice",
        "status": "DRAFT",
        "clonedFromId": None,
        "createdByQueueId": None,
        "platforms": "",
        "earliestTime": None,
        "createdAt": "2026-11-23T12:00:00.000Z",
        "updatedAt": "2026-11-23T12:00:00.000Z",
    }


def test_an_owner_of_nothing_is_one_line_and_exit_code_one(migrated_sqlite: Sqlite) -> None:
    done = forked("-m", "perennial", "export", "mallory", **migrated_sqlite.environment)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "perennial: there is nothing of an owner mallory\n"


def test_whoever_reads_it_may_have_enough(migrated_sqlite: Sqlite) -> None:
    """As `perennial export alice | head -1` has."""
    insert = INSERT.replace("'00000000-0000-7000-8000-000000000001'", "printf('%032d', value)")
    insert = insert.replace("VALUES (", "SELECT ").replace("'2026-11-23 12:00:00+00:00')\n", "'2026-11-23' FROM n ")
    numbers = "WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n LIMIT 20000)"
    read_sqlite(migrated_sqlite.file, f"{numbers} {insert}")
    script = 'set -o pipefail; "$0" -m perennial export alice | head -1'
    given = {**clean_environment(), **migrated_sqlite.environment}
    done = subprocess.run(
        ["bash", "-c", script, sys.executable], cwd=ROOT, env=given, capture_output=True, text=True, check=False
    )
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""
