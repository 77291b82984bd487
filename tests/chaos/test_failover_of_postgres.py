"""PostgreSQL fails over to its replica, which is found by an address that moves, or by a URL that names both servers:
nobody is started anew, and nothing goes out twice.

Replication is asynchronous unless it is told otherwise, so a server that dies may take the record of its last seconds
with it. In a planned switchover the replica has caught up; in an unplanned one that is promised of synchronous
replication alone. docs/reliability.md says so.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import asyncpg
import pytest
from support.api import CREATE_POST, User
from support.production.seeds import connect, posts, queues
from support.production.stage import CRON_SECONDS, Stage
from support.production.staging import staged
from support.production.truth import assert_nothing_twice, counts, publications
from support.stores.catalogs import new_postgres, read_postgres
from support.stores.forwarder import Forwarder, forwarding
from support.stores.postgres import NO_POSTGRES, OwnPostgres, Standby, own_postgres, own_standby
from support.story import eventually, soon

from perennial.db import migrating
from perennial.db.connection import check_writable, postgres_config
from perennial.jobs.worker_functions import WorkerFunction

USERS = [f"user{n}" for n in range(40)]
EACH = 5
READ_ONLY = "ALTER SYSTEM SET default_transaction_read_only = on"
WRITERS = "SELECT count(*) FROM pg_stat_activity WHERE backend_xid IS NOT NULL"
# Of those who pass data on and wait for nobody's answer, there is one at most: the replica.
SYNCHRONOUS = ("synchronous_standby_names=*", "synchronous_commit=on")


@dataclass
class Pair:
    """A primary with a replica, and the address at which clients find the one that is in charge."""

    primary: OwnPostgres
    standby: Standby
    address: Forwarder

    @property
    def url(self) -> str:
        """The database, by that address."""
        return f"postgres://perennial@127.0.0.1:{self.address.port}/chaos"

    @property
    def url_of_both(self) -> str:
        """The database, by the addresses of both."""
        hosts = ",".join(one.socket.rpartition("/")[0] for one in (self.primary, self.standby))
        return f"postgres://perennial@/chaos?host={hosts}&target_session_attrs=read-write"

    async def switch_over(self) -> None:
        """As an operator does: the old primary takes no more writes, the replica catches up, and the address moves.

        The old primary stays up, and so do its sessions.
        """
        await read_postgres(self.primary.url, READ_ONLY, "SELECT pg_reload_conf()")
        await eventually(self._has_caught_up, "the replica has everything")
        await self.take_over()

    async def take_over(self) -> None:
        """The replica becomes the primary, and new connections lead to it."""
        await asyncio.to_thread(self.standby.promote)
        self.address.target = self.standby.socket

    async def _has_caught_up(self) -> bool:
        [(writers,)] = await read_postgres(self.primary.url, WRITERS)
        [(written,)] = await read_postgres(self.primary.url, "SELECT pg_current_wal_lsn()::text")
        replayed = f"SELECT pg_last_wal_replay_lsn() >= '{written}'"
        return not writers and (await read_postgres(self.standby.url, replayed))[0][0]


@pytest.fixture
def primary() -> Iterator[OwnPostgres]:
    """A server of this test's own."""
    with own_postgres() as server:
        if server is None:
            pytest.skip(NO_POSTGRES)
        yield server


@pytest.fixture
async def pair(primary: OwnPostgres) -> AsyncIterator[Pair]:
    """The server with its replica, and a migrated database."""
    url = await new_postgres(primary.url, "chaos")
    await migrating.migrate(postgres_config(url, 2))
    with own_standby(primary) as standby, forwarding(primary.socket) as address:
        yield Pair(primary, standby, address)


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
    """In the middle of a backlog. What was being sent at that moment may stay in doubt; nothing is sent twice."""
    pair.primary.stop()
    await asyncio.to_thread(lambda: pair.primary.start(*SYNCHRONOUS))
    await eventually(lambda: is_synchronous(pair), "the replica follows")
    await connect(stage, USERS)
    processes = [await stage.server(), await stage.ready_worker(), await stage.ready_worker()]
    await backlog(stage)
    await eventually(lambda: some_are_out(stage), "it goes out")
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


async def backlog(stage: Stage) -> None:
    """Posts that are due, and queues that fall due a little later."""
    await queues(stage, USERS, due := soon(5))
    await stage.arm(WorkerFunction.PROCESS_QUEUES, due)
    for _ in range(EACH):
        await posts(stage, USERS)


async def some_are_out(stage: Stage) -> bool:
    """Whether it has begun, and is not over."""
    return (await stage.requests()).total() > len(USERS)


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
    assert await counts(stage) == {"ledger": made, "clones": made, "published": total, "requests": total}
    await assert_nothing_twice(stage)


async def assert_each_is_known(stage: Stage) -> None:
    """The new primary knows of each request, and no text went out twice."""
    found, requests = await publications(stage), await stage.requests()
    assert len(found) == 2 * len(USERS) * (EACH + 1)
    for key, row in found.items():
        assert (row["status"], requests[key]) in {("published", 1), ("unconfirmed", 0), ("unconfirmed", 1)}, key
    await assert_nothing_twice(stage)
