"""A rolling upgrade, and the way back: the code of the version before works on the new schema, beside the new code."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from support.api import User
from support.processes import ROOT, run, stop
from support.production.earlier import Documents, Version, earlier, sources_of
from support.production.seeds import posts
from support.production.stage import CRON_SECONDS, Stage
from support.production.staging import staged
from support.production.truth import assert_no_head_is_late, assert_nothing_twice, counts, publications
from support.stores.catalogs import new_postgres, read_postgres
from support.stores.next_migration import MIGRATE_FROM, MORE, NAME
from support.story import eventually, soon

from perennial.core.instants import instant
from perennial.embedded._identity import EmbeddedIdentity

# From where one upgrades to the present code: to be moved at each release (CONTRIBUTING.md).
BEFORE = "4fb2cd84c049a7335c4d62a0f1981e4eaffcb52c"

# The versions do not understand each other's mutations: each server is sent those of its own clients.
OLD = Documents(
    connect="mutation ($input: ConnectAccountInput!) { connectAccount(input: $input) { id } }",
    create_post="mutation ($input: CreatePostInput!) { createPost(input: $input) { id } }",
    schedule="mutation ($id: ID!, $time: DateTime!) { schedulePost(id: $id, input: {scheduledTime: $time}) { id } }",
    create_queue="mutation ($input: CreateQueueInput!) { createQueue(input: $input) { id } }",
)
NEW = Documents(
    connect="mutation ($input: ConnectAccountInput!) { connectAccount(input: $input) { account { id } } }",
    create_post="mutation ($input: CreatePostInput!) { createPost(input: $input) { post { id } } }",
    schedule="""
        mutation ($id: ID!, $time: DateTime!) { schedulePost(input: {id: $id, scheduledTime: $time}) { post { id } } }
    """,
    create_queue="mutation ($input: CreateQueueInput!) { createQueue(input: $input) { queue { id } } }",
)
_LEFT = "SELECT count(*) FROM publications WHERE status NOT IN ('draft', 'published')"
CROWD = 40


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code of the version before."""
    return sources_of(BEFORE, tmp_path_factory.mktemp("before") / "sources")


@pytest.fixture
async def new_stage(
    tmp_path: Path, sources: Path, postgres_url: str, identity: EmbeddedIdentity
) -> AsyncIterator[Stage]:
    """A stage of the present code, on a database without a table."""
    name = f"upgraded_{uuid4().hex[:8]}"
    async with staged(tmp_path, await new_postgres(postgres_url, name), identity) as stage:
        yield stage
        await assert_no_head_is_late(stage)
    await read_postgres(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


async def test_a_rolling_upgrade_and_the_way_back_lose_nothing_and_send_nothing_twice(new_stage, sources, tmp_path):
    """Old alone, on its schema and on the new one; both; new alone; both; old alone. Posts fall due in each phase."""
    new = Version(new_stage, ROOT, NEW)
    async with earlier(new_stage, sources, OLD) as old:
        assert old.is_run_from().is_relative_to(sources)
        old.migrate()
        server, worker = await old.start()
        for platform in ("X", "LINKEDIN"):
            given = {"platform": platform, "accessToken": "sandbox-alice"}
            await old.stage.user("alice").do(old.documents.connect, input=given)
        await due_soon(old, "old alone")
        new.migrate()
        migrate_once_more(new_stage, tmp_path / "later")
        await due_soon(old, "old on the new schema")
        processes = await new.start()
        await assert_ready(old, new)
        await asyncio.gather(due_soon(old, "both, by the old"), due_soon(new, "both, by the new"))
        await replace(old, "left to the new", server, worker)
        await due_soon(new, "new alone")
        await assert_ready(new)
        await old.start(PERENNIAL_MIGRATE_ON_START="false")
        await assert_ready(old, new)
        await replace(new, "left to the old", *processes)
        await due_soon(old, "old again")
        await assert_ready(old)
    await assert_all_are_out(new_stage)


def migrate_once_more(stage: Stage, folder: Path) -> None:
    """Adds a column, so that the schema is another one than the old code's, even if no migration has come since."""
    shutil.copytree(ROOT / "migrations", folder)
    (folder / "models" / NAME).write_text(MORE)
    assert NAME in run("-c", MIGRATE_FROM, str(folder), **stage.environment)


async def due_soon(version: Version, words: str) -> None:
    """A queue and a post that alice gives to this version's server go out while it is up."""
    await take(version, words)
    await settled(version.stage)


async def take(version: Version, words: str) -> None:
    """Gives alice's queue and post, due in a second, to this version's server."""
    alice: User = version.stage.user("alice")
    queued = await draft(version, f"queued: {words}")
    scheduled = await draft(version, f"scheduled: {words}")
    time = instant(soon(1))
    given = {"originalPostId": queued, "interval": 7, "nextScheduledTime": time}
    await alice.do(version.documents.create_queue, input=given)
    await alice.do(version.documents.schedule, id=scheduled, time=time)


async def draft(version: Version, text: str) -> str:
    """The id of a post of alice's with this text."""
    both = [{"platform": platform, "content": text} for platform in ("X", "LINKEDIN")]
    post = await version.stage.user("alice").do(version.documents.create_post, input={"publications": both})
    return str(post["id"])


async def replace(version: Version, words: str, *processes: Any) -> None:
    """Ends this version's processes while there is much to do, and more is about to be due that they alone know of."""
    await posts(version.stage, ["alice"] * CROWD)
    await take(version, words)
    codes = await asyncio.gather(*(asyncio.to_thread(stop, process) for process in processes))
    assert codes == [0, 0]


async def settled(stage: Stage) -> None:
    """All that was given goes out: a second later, or a minute, where those who hold its alarm are gone."""
    await stage.seconds_pass(1)
    await stage.settled(CRON_SECONDS)
    assert await stage.one(_LEFT) == 0


async def assert_ready(*versions: Version) -> None:
    """Each server says that all it needs is up, a worker that it hears of included."""
    await eventually(lambda: are_ready(versions), "the servers say that they are ready")


async def are_ready(versions: Sequence[Version]) -> bool:
    answers = [await version.stage.http.get("/readyz") for version in versions]
    return [answer.status_code for answer in answers] == [200] * len(versions)


async def assert_all_are_out(stage: Stage) -> None:
    """Each queue ran once, and each text went out on both platforms, by one request."""
    queues = await stage.one("SELECT count(*) FROM recurring_queues")
    sent = 4 * queues + 2 * 2 * CROWD
    assert queues == 8
    assert await counts(stage) == {"ledger": queues, "clones": queues, "published": sent, "requests": sent}
    assert len(await publications(stage)) == sent
    await assert_nothing_twice(stage)
