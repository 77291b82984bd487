"""A migration that takes longer than any statement of ours may, beside the processes of the version before."""

import asyncio
import shutil
from itertools import count

from support.processes import ROOT, running
from support.production.seeds import connect
from support.production.stage import Stage, dies
from support.production.truth import assert_nothing_twice
from support.stores.next_migration import MIGRATE_FROM, NAME
from support.story import eventually, soon

SLEEP_SECONDS = 40  # a statement of servers and workers ends after 30
LONG = f"""
async def upgrade(db):
    return "SELECT pg_sleep({SLEEP_SECONDS}); ALTER TABLE posts ADD COLUMN more TEXT"
"""
SLEEPING = """SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND state = 'active' AND query LIKE 'SELECT pg_sleep%'"""


async def test_api_and_worker_go_on_while_a_migration_takes_forty_seconds(stage, tmp_path):
    """And after it, on a schema that is one step ahead of theirs."""
    folder, log = tmp_path / "later", tmp_path / "log"
    shutil.copytree(ROOT / "migrations", folder)
    (folder / "models" / NAME).write_text(LONG)
    await connect(stage, ["alice"])
    await asyncio.gather(stage.server(), stage.ready_worker())
    with running("-c", MIGRATE_FROM, str(folder), log=log, **stage.environment) as process:
        await eventually(lambda: stage.one(SLEEPING), "the migration runs")
        published, texts = 0, count()
        while process.poll() is None:
            await publish(stage, f"Meanwhile {next(texts)}")
            published += await stage.one(SLEEPING)
        assert await dies(process) == 0, log.read_text()
    assert published > 1
    assert log.read_text().endswith(f"applied {NAME}\n")
    await publish(stage, "Afterwards")
    assert await stage.rows("SELECT more FROM posts WHERE more IS NOT NULL") == []
    await assert_nothing_twice(stage)


async def publish(stage: Stage, text: str) -> None:
    """Alice schedules a post for the next moment, and it goes out."""
    alice = stage.user("alice")
    post = await alice.create_post(x=text, linkedin=text)
    await alice.schedule_post(post["id"], soon(3))
    await eventually(lambda: is_published(stage, post["id"]), f"{text} is published")


async def is_published(stage: Stage, post_id: str) -> bool:
    post = await stage.user("alice").post(post_id)
    return {one["status"] for one in post["publications"]} == {"PUBLISHED"}
