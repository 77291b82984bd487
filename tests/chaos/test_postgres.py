"""PostgreSQL or the pooler before it restarted under load: no wrong answer, and what was promised is published once."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from support.api import CREATE_POST, CREATE_QUEUE, QUEUE_QUERY, QUEUES_QUERY, User, result_of
from support.production.crashes import leases_run_out
from support.production.seeds import connect, queues
from support.production.stage import CRON_SECONDS, Stage
from support.production.staging import staged_on
from support.production.truth import assert_nothing_twice, publications
from support.stores.pgbouncer import OwnPgBouncer
from support.stores.postgres import OwnPostgres
from support.story import eventually, soon

from perennial.core.instants import instant

USERS = [f"user{n}" for n in range(6)]
PAGE = 100


@pytest.fixture
async def stage(postgres, own_pooler, tmp_path, identity) -> AsyncIterator[Stage]:
    async with staged_on(postgres, tmp_path, identity, own_pooler) as stage:
        yield stage


@dataclass
class Caller:
    """A user who reads a queue and makes others, again and again, and remembers what was answered."""

    user: User
    known: str
    promised: list[str] = field(default_factory=list)
    failures: int = 0
    done: bool = False

    async def call(self) -> None:
        """Until it is told that it is done. Every answer is either right or an error."""
        while not self.done:
            if queue := await self._ask(QUEUE_QUERY, id=self.known):
                assert queue["id"] == self.known
            if page := await self._ask(QUEUES_QUERY, first=PAGE):
                listed = {one["id"] for one in page["nodes"]}
                assert len(listed) == PAGE or {self.known, *self.promised} <= listed
            await self._make_a_queue()

    async def _make_a_queue(self) -> None:
        texts = [{"platform": "X", "content": f"{self.user.name} {len(self.promised)} {self.failures}"}]
        if post := await self._ask(CREATE_POST, input={"publications": texts}):
            given = {"originalPostId": post["id"], "interval": 7, "nextScheduledTime": instant(soon(2))}
            if queue := await self._ask(CREATE_QUEUE, input=given):
                self.promised.append(queue["id"])

    async def _ask(self, query: str, **variables: Any) -> Any:
        """What was answered, which is never nothing; None where it was an error that says so."""
        try:
            answer = await self.user.execute(query, **variables)
        except (httpx2.TransportError, ValueError):
            self.failures += 1
            return None
        if "errors" in answer:
            assert {one["extensions"]["code"] for one in answer["errors"]} == {"UNAVAILABLE"}
            self.failures += 1
            return None
        value = result_of(answer)
        assert value, "an existing queue, or a list of some, was answered with nothing"
        return value


def fast(server: OwnPostgres, _: OwnPgBouncer) -> Callable[[], None]:
    """As an operator does: clients are thrown out in the middle of whatever they do."""
    server.stop(signal.SIGINT)
    return server.start


def killed(server: OwnPostgres, _: OwnPgBouncer) -> Callable[[], None]:
    """As a machine does that loses its power."""
    server.kill()
    return server.start


def pooler_killed(_: OwnPostgres, pooler: OwnPgBouncer) -> Callable[[], None]:
    """Sessions end in the middle of transactions, and nobody is let in."""
    pooler.kill()
    return pooler.start


@pytest.mark.parametrize("go_down", [fast, killed, pooler_killed])
async def test_under_load_answers_are_right_or_errors_and_all_that_was_promised_goes_out_once_when_it_is(
    stage, postgres, own_pooler, go_down: Callable[[OwnPostgres, OwnPgBouncer], Callable[[], None]]
):
    """Neither server nor workers have to be started anew."""
    stage.environment["PERENNIAL_POINTS_PER_MINUTE"] = "0"  # they ask without a pause
    await connect(stage, USERS)
    known = await queues(stage, USERS, soon(3600))
    processes = [await stage.server(), await stage.ready_worker(), await stage.ready_worker()]
    callers = [Caller(stage.user(name), str(queue)) for name, queue in zip(USERS, known, strict=True)]
    calling = [asyncio.create_task(caller.call()) for caller in callers]
    await eventually(lambda: at_work(callers, [3] * len(callers)), "they work", CRON_SECONDS)
    come_up = await asyncio.to_thread(go_down, postgres, own_pooler)
    await eventually(lambda: refused(callers), "everybody noticed", CRON_SECONDS)
    had = [len(caller.promised) for caller in callers]
    await asyncio.to_thread(come_up)
    await eventually(lambda: at_work(callers, [n + 3 for n in had]), "they work again", CRON_SECONDS)
    for caller in callers:
        caller.done = True
    await asyncio.gather(*calling)
    await stage.seconds_pass(3)
    await settled_after_a_crash(stage)
    assert [process.poll() for process in processes] == [None] * 3
    await assert_promises_are_kept(stage, callers)


async def at_work(callers: list[Caller], wanted: list[int]) -> bool:
    """Whether each of them was promised so many queues."""
    return all(len(caller.promised) >= n for caller, n in zip(callers, wanted, strict=True))


async def refused(callers: list[Caller]) -> bool:
    return all(caller.failures for caller in callers)


async def settled_after_a_crash(stage: Stage) -> None:
    """What was claimed or marked at the very moment waits for its lease to run out."""
    await eventually(lambda: is_through(stage), "all was taken up", CRON_SECONDS)
    await leases_run_out(stage)
    await stage.settled()
    await stage.all_look_ups()


async def is_through(stage: Stage) -> bool:
    due = "recurring_queues WHERE status = 'active' AND next_scheduled_time <= now()"
    waiting = "publications WHERE status = 'scheduled'"
    return not await stage.one(f"SELECT EXISTS (SELECT 1 FROM {due}) OR EXISTS (SELECT 1 FROM {waiting})")


async def assert_promises_are_kept(stage: Stage, callers: list[Caller]) -> None:
    """Queues that were promised are there and ran once; and so did those whose making ended in an error, if at all."""
    promised = {queue for caller in callers for queue in caller.promised}
    ran = await stage.rows("SELECT queue_id::text FROM queue_executions WHERE outcome = 'executed'")
    assert promised <= {row["queue_id"] for row in ran}
    found, requests = await publications(stage), await stage.requests()
    assert len(found) == len(ran)
    # A mark may be written and never be heard of: then nothing was sent, and that is the doubt that stays.
    for key, row in found.items():
        assert (row["status"], requests[key]) in {("published", 1), ("unconfirmed", 0)}, key
    assert sum(requests.values()) > len(callers)
    await assert_nothing_twice(stage)
    for caller in callers:
        assert (await caller.user.queue(caller.known))["status"] == "ACTIVE"
