"""PostgreSQL fails over to its replica, which is found by an address that moves, or by a URL that names both servers:
nobody is started anew, and nothing goes out twice.

Replication is asynchronous unless it is told otherwise, so a server that dies may take the record of its last seconds
with it. In a planned switchover the replica has caught up; in an unplanned one that is promised of synchronous
replication alone. docs/reliability.md says so.
"""

import asyncio
from collections.abc import AsyncIterator
from subprocess import Popen

import asyncpg
import pytest
from support.api import CREATE_POST, User
from support.production.mixed import mixed_queues, outcomes_of
from support.production.seeds import connect, posts, queues
from support.production.stage import CRON_SECONDS, Stage
from support.production.staging import staged
from support.production.truth import (
    assert_each_slot_is_accounted_for,
    assert_ledger_is_whole,
    assert_nothing_twice,
    counts,
    outcomes,
    publications,
)
from support.stores.catalogs import new_postgres, read_postgres
from support.stores.forwarder import forwarding
from support.stores.pairs import Pair
from support.stores.postgres import OwnPostgres, own_standby
from support.story import eventually, soon

from perennial.db import migrating
from perennial.db.connection import postgres_config
from perennial.db.starting.looks import check_writable
from perennial.jobs.worker_functions import WorkerFunction

USERS = [f"user{n}" for n in range(40)]
EACH = 5
# Of those who pass data on and wait for nobody's answer, there is one at most: the replica.
SYNCHRONOUS = ("synchronous_standby_names=*", "synchronous_commit=on")


@pytest.fixture
async def pair(postgres: OwnPostgres) -> AsyncIterator[Pair]:
    """The server with its replica, and a migrated database."""
    url = await new_postgres(postgres.url, "chaos")
    await migrating.migrate(postgres_config(url, 2))
    with own_standby(postgres) as standby, forwarding(postgres.socket) as address:
        yield Pair(postgres, standby, address)


@pytest.fixture
async def stage(request, tmp_path_factory, identity, pair) -> AsyncIterator[Stage]:
    url = getattr(pair, getattr(request, "param", "url"))
    async with staged(tmp_path_factory.mktemp("stage"), url, identity) as stage:
        yield stage


async def test_after_a_switchover_everything_goes_on_by_itself_and_goes_out_once(stage, pair: Pair):
    """In the middle of a backlog, with every session left open on the server that takes no writes any more."""
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError, match="this server is a standby"):
        await check_writable(postgres_config(pair.standby.url, 2))
    await connect(stage, USERS)
    known = await queues(stage, ["user0"], soon(3600))
    processes = [await stage.server(), await stage.ready_worker(), await stage.ready_worker()]
    user = stage.user("user0")
    await backlog(stage)
    await eventually(lambda: some_are_out(stage), "it goes out")
    await pair.switch_over()
    await stage.database.expire_connections()
    assert await stage.one("SELECT NOT pg_is_in_recovery()")
    await eventually(lambda: creates_a_post(user), "the API takes writes")
    assert (await user.queue(str(known[0])))["status"] == "ACTIVE"
    await stage.seconds_pass(5)
    await stage.settled(CRON_SECONDS)
    await eventually(lambda: is_ready(stage), "all say that they are ready")
    assert [process.poll() for process in processes] == [None] * 3
    await assert_all_is_out(stage)


@pytest.mark.parametrize("stage", ["url_of_both"], indirect=True)
async def test_a_primary_that_dies_loses_nothing_to_a_synchronous_replica(stage, pair: Pair):
    """In the middle of a backlog, and after the replica was cut off. What was being sent may stay in doubt; nothing is
    sent twice."""
    pair.primary.stop()
    await asyncio.to_thread(lambda: pair.primary.start(*SYNCHRONOUS))
    await eventually(lambda: is_synchronous(pair), "the replica follows")
    processes = await work_and_be_cut_off(stage, pair)
    await stage.seconds_pass(2)  # in which the others go out, if nobody waits for the replica
    await asyncio.to_thread(pair.primary.kill)
    await pair.take_over()
    await eventually(lambda: creates_a_post(stage.user("user0")), "the API takes writes")
    await stage.seconds_pass(10)  # longer than a request takes: whoever is not done by then never will be
    await stage.two_minutes_pass()
    await stage.work(WorkerFunction.PUBLISH)
    await stage.settled(CRON_SECONDS)
    await stage.all_look_ups()
    assert [process.poll() for process in processes] == [None] * 3
    await assert_each_is_known(stage)


@pytest.mark.parametrize("stage", ["url_of_both"], indirect=True)
async def test_what_an_asynchronous_replica_had_not_heard_of_is_sent_a_second_time(stage, pair: Pair):
    """Nobody promises otherwise; and so the test above can fail. What is left of the ledger is whole."""
    await work_and_be_cut_off(stage, pair)
    before = (await stage.requests()).total()
    await eventually(lambda: many_more_are_out(stage, before), "more goes out")
    await asyncio.to_thread(pair.primary.kill)
    await pair.take_over()
    await eventually(lambda: something_went_out_twice(stage), "something is sent again", CRON_SECONDS)
    await assert_ledger_is_whole(stage)


async def work_and_be_cut_off(stage: Stage, pair: Pair) -> list["Popen[bytes]"]:
    """A server and two workers on a backlog, in the middle of which the replica hears no more; returns the three."""
    await connect(stage, USERS)
    processes = [await stage.server(), await stage.ready_worker(), await stage.ready_worker()]
    await backlog(stage)
    await eventually(lambda: some_are_out(stage), "it goes out")
    await pair.cut_off()
    return processes


async def backlog(stage: Stage) -> None:
    """Posts that are due, and queues of all kinds that fall due a little later."""
    await mixed_queues(stage, USERS, due := soon(5))
    await stage.arm(WorkerFunction.PROCESS_QUEUES, due)
    for _ in range(EACH):
        await posts(stage, USERS)


async def some_are_out(stage: Stage) -> bool:
    """Whether it has begun, and is not over."""
    return (await stage.requests()).total() > len(USERS)


async def many_more_are_out(stage: Stage, before: int) -> bool:
    """More than were on their way at any time."""
    return (await stage.requests()).total() > before + 60


async def something_went_out_twice(stage: Stage) -> bool:
    return any(times > 1 for times in (await stage.requests()).values())


async def creates_a_post(user: User) -> bool:
    """Whether the API wrote it; the answer may be an error that says that it is an outage."""
    answer = await user.execute(CREATE_POST, input={"publications": [{"platform": "X", "content": "Hello"}]})
    return "errors" not in answer


async def is_ready(stage: Stage) -> bool:
    return (await stage.http.get("/readyz")).status_code == 200


async def is_synchronous(pair: Pair) -> bool:
    return bool(await read_postgres(pair.primary.url, "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"))


async def assert_all_is_out(stage: Stage) -> None:
    """Each text went out by one request, and the ledger knows of each clone."""
    made = len(USERS)
    found = await publications(stage)
    assert {row["status"] for row in found.values()} == {"published"}
    total = 2 * made * (EACH + 1)
    ledger = outcomes_of(made)
    assert await outcomes(stage) == ledger
    expected = {"ledger": ledger.total(), "clones": made, "published": total, "requests": total}
    assert await counts(stage) == expected
    await assert_nothing_twice(stage)
    await assert_each_slot_is_accounted_for(stage)


async def assert_each_is_known(stage: Stage) -> None:
    """The new primary knows of each request, and no text went out twice."""
    found, requests = await publications(stage), await stage.requests()
    assert len(found) == 2 * len(USERS) * (EACH + 1)
    for key, row in found.items():
        assert (row["status"], requests[key]) in {("published", 1), ("unconfirmed", 0), ("unconfirmed", 1)}, key
    await assert_nothing_twice(stage)
    await assert_each_slot_is_accounted_for(stage)
