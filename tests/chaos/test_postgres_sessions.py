"""An administrator ends all sessions, again and again, and lets none write for a while: nothing is started anew.

Directly, without a pooler: it is our own sessions that are ended, and that stay read-only once the others are not.
"""

from collections.abc import AsyncIterator
from functools import partial
from uuid import uuid4

import pytest
from support.api import CREATE_POST
from support.production.crashes import leases_run_out
from support.production.seeds import connect, posts, queues
from support.production.stage import CRON_SECONDS, Stage
from support.production.staging import staged
from support.production.truth import assert_nothing_twice, publications
from support.stores.catalogs import new_postgres, read_postgres
from support.story import eventually, soon

from perennial.jobs.worker_functions import WorkerFunction

USERS = [f"user{n}" for n in range(40)]
OURS = "FROM pg_stat_activity WHERE application_name = 'perennial' AND datname = current_database()"
END_ALL = f"SELECT count(pg_terminate_backend(pid)) {OURS}"
POST = {"publications": [{"platform": "X", "content": "Hello"}]}


@pytest.fixture
async def stage(tmp_path_factory, postgres_url, migrated_template, identity) -> AsyncIterator[Stage]:
    name = f"chaos_{uuid4().hex[:8]}"
    url = await new_postgres(postgres_url, name, migrated_template)
    async with staged(tmp_path_factory.mktemp("stage"), url, identity) as stage:
        yield stage
    await read_postgres(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


async def test_a_backlog_goes_out_once_though_all_sessions_are_ended_and_others_may_not_write_for_a_while(stage):
    await connect(stage, USERS)
    processes = [await stage.server(), await stage.ready_worker(), await stage.ready_worker()]
    await queues(stage, USERS, due := soon(3))
    await stage.arm(WorkerFunction.PROCESS_QUEUES, due)
    for _ in range(3):
        await posts(stage, USERS)
        await stage.arm(WorkerFunction.PUBLISH, soon(0))
        so_far = (await stage.requests()).total()
        await eventually(partial(more_are_out, stage, so_far), "it goes out")
        await stage.one(END_ALL)
    name = await stage.one("SELECT current_database()")
    await stage.one(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    await stage.one(END_ALL)
    await eventually(lambda: says_why(stage), "it is said that nothing can be written")
    await eventually(lambda: has_sessions(stage), "there are sessions that may not write")
    await stage.database.execute(f"BEGIN READ WRITE; ALTER DATABASE {name} RESET default_transaction_read_only; COMMIT")
    await stage.database.expire_connections()
    await eventually(lambda: takes_writes(stage), "the API takes writes")
    await stage.seconds_pass(3)
    await eventually(lambda: is_through(stage), "all was taken up", CRON_SECONDS)
    await leases_run_out(stage)
    await stage.settled(CRON_SECONDS)
    await stage.all_look_ups()
    await eventually(lambda: is_ready(stage), "all say that they are ready")
    assert [process.poll() for process in processes] == [None] * 3
    requests = await stage.requests()
    for key, row in (await publications(stage)).items():
        # A mark may be written and never be heard of: then nothing was sent, and that is the doubt that stays.
        assert (row["status"], requests[key]) in {("published", 1), ("unconfirmed", 0)}, key
    await assert_nothing_twice(stage)


async def more_are_out(stage: Stage, so_far: int) -> bool:
    return (await stage.requests()).total() > so_far


async def says_why(stage: Stage) -> bool:
    answer = await stage.http.get("/readyz")
    return answer.status_code == 503 and "ALTER DATABASE" in answer.text


async def takes_writes(stage: Stage) -> bool:
    return "errors" not in await stage.user("user0").execute(CREATE_POST, input=POST)


async def has_sessions(stage: Stage) -> bool:
    """Whether the processes have opened some by now."""
    return bool(await stage.one(f"SELECT count(*) > 3 {OURS}"))


async def is_through(stage: Stage) -> bool:
    return not await stage.one("SELECT EXISTS (SELECT 1 FROM publications WHERE status = 'scheduled')")


async def is_ready(stage: Stage) -> bool:
    return (await stage.http.get("/readyz")).status_code == 200
