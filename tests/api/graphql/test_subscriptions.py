"""publicationUpdated and queueExecuted: what changes of the owner's, from any worker to any server, until the end."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from support.api import RETRY_PUBLICATION, User
from support.clock import FakeClock
from support.http import client_of
from support.publishing import due_post
from support.sockets import ask, hear, let_in, say
from support.statements import Statements
from support.ticks import HOUR, due_queue

from perennial.api.graphql.context import Context
from perennial.api.http._event_stream import EventStream
from perennial.core.states import Platform, PublicationStatus
from perennial.db.models import ConnectedAccount, PlatformBreaker, Publication
from perennial.events import broker as broker_module
from perennial.events.publisher import Event, Topic
from perennial.jobs.redis_connection import connect_redis
from perennial.outbound.http_session import HttpSession
from perennial.process import Process, assemble

pytestmark = pytest.mark.one_dialect

UPDATED = "subscription ($post: ID) { publicationUpdated(postId: $post) { id platform status } }"
EXECUTED = "subscription ($queue: ID) { queueExecuted(queueId: $queue) { outcome scheduledTime post { id status } } }"

Open = Callable[..., Any]


@pytest.fixture
async def worker(process: Process) -> AsyncIterator[Process]:
    """Another process, with connections of its own."""
    redis = connect_redis(process.settings)
    async with HttpSession() as session:
        yield (one := assemble(process.settings, session, redis))
        await one.events.close()
    await redis.aclose(close_connection_pool=True)


@asynccontextmanager
async def watching(opened: Open, user: User, query: str, **variables: Any) -> AsyncIterator[Callable[[], Any]]:
    """A socket on which the user's subscription is heard; gives what reads its next result."""
    async with opened() as ws:
        await let_in(ws, user)
        await say(ws, type="subscribe", id="w", payload={"query": query, "variables": variables})
        await ask(ws, "{ __typename }")  # by now it is heard

        async def following() -> Any:
            return (await hear(ws))["payload"]

        yield following


async def states(following: Callable[[], Any], last: str) -> list[str]:
    """The statuses that are heard of, up to that one."""
    heard: list[str] = []
    while last not in heard:
        heard.append((await following())["data"]["publicationUpdated"]["status"])
    return heard


async def test_alice_watches_her_post_go_out_from_another_process(
    alice: User, clock: FakeClock, opened: Open, worker: Process
) -> None:
    await alice.connect("X")
    post = await alice.create_post(x="Hello")
    async with watching(opened, alice, UPDATED) as following:
        await alice.schedule_post(post["id"], clock.now + timedelta(seconds=1))
        clock.advance(seconds=1)
        assert await states(following, "SCHEDULED") == ["SCHEDULED"]
        await worker.publisher.publish_due()
        assert (await states(following, "PUBLISHED"))[-1] == "PUBLISHED"


WHY = "subscription { publicationUpdated { status errorCode errorMessage account { handle status } } }"


async def test_what_is_heard_of_says_why_it_waits_and_for_which_account(
    alice: User, clock: FakeClock, opened: Open, worker: Process
) -> None:
    post = await due_post(alice, clock, x="Hello")
    await worker.publisher.publish_due()  # there is no account: it fails
    await alice.connect("X")
    words = {"error_code": "CREDITS_DEPLETED", "error_message": "No credit."}
    await PlatformBreaker.create(
        platform=Platform.X, tripped_time=clock.now, probe_time=clock.now + timedelta(minutes=1), **words
    )
    async with watching(opened, alice, WHY) as following:
        await alice.do(RETRY_PUBLICATION, id=post["publications"][0]["id"])
        heard = (await following())["data"]["publicationUpdated"]
    assert heard == {
        "status": "SCHEDULED",
        "errorCode": "CREDITS_DEPLETED",
        "errorMessage": "No credit.",
        "account": {"handle": "alice", "status": "ACTIVE"},
    }


async def test_changes_that_are_read_together_cost_no_statement_each(
    alice: User, clock: FakeClock, opened: Open, worker: Process, caplog: pytest.LogCaptureFixture
) -> None:
    await alice.connect("X")
    posts = [await alice.create_post(x="Hello") for _ in range(20)]
    ids = [UUID(post["publications"][0]["id"]) for post in posts]
    await Publication.all().update(
        status=PublicationStatus.SCHEDULED,
        next_attempt_time=clock.now,
        connected_account_id=(await ConnectedAccount.get()).id,
    )

    async def hear_of(count: int) -> None:
        worker.events.publish(Topic.PUBLICATIONS, [Event("alice", one, one) for one in ids[:count]])
        for _ in range(count):
            assert (await following())["data"]["publicationUpdated"]["account"]["handle"] == "alice"

    statements = Statements(caplog)
    async with watching(opened, alice, WHY) as following:
        costs = [await statements.during(hear_of(count)) for count in (1, 20)]
    assert costs[1] == costs[0]


async def test_bob_hears_nothing_of_alices(
    alice: User, bob: User, clock: FakeClock, opened: Open, worker: Process
) -> None:
    await alice.connect("X")
    await bob.connect("X")
    await due_post(alice, clock, x="Alice's")
    bobs = await due_post(bob, clock, x="Bob's")
    async with watching(opened, bob, UPDATED) as following:
        await worker.publisher.publish_due()
        heard = {(await following())["data"]["publicationUpdated"]["id"]}
    assert heard == {publication["id"] for publication in bobs["publications"]}


async def test_of_one_post_alone(alice: User, clock: FakeClock, opened: Open, worker: Process) -> None:
    await alice.connect("X")
    await due_post(alice, clock, x="One")
    wanted = await due_post(alice, clock, x="The other")
    async with watching(opened, alice, UPDATED, post=wanted["id"]) as following:
        await worker.publisher.publish_due()
        result = await following()
    assert result["data"]["publicationUpdated"]["id"] == wanted["publications"][0]["id"]


@pytest.mark.parametrize("about", ["nonsense", "00000000-0000-0000-0000-000000000000"])
async def test_an_id_that_is_nobodys_is_never_heard_of(
    alice: User, clock: FakeClock, opened: Open, worker: Process, about: str
) -> None:
    await alice.connect("X")
    await due_post(alice, clock, x="Hello")
    async with (
        watching(opened, alice, UPDATED, post=about) as nothing,
        watching(opened, alice, UPDATED) as following,
    ):
        await worker.publisher.publish_due()
        await states(following, "PUBLISHED")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(nothing(), 0.05)


async def test_alice_hears_of_an_execution_and_its_clone(
    alice: User, bob: User, clock: FakeClock, opened: Open, worker: Process
) -> None:
    await alice.connect("X")
    await bob.connect("X")
    queue = await due_queue(alice, clock.now + HOUR)
    await due_queue(bob, clock.now + HOUR)
    async with (
        watching(opened, alice, EXECUTED, queue=queue["id"]) as executions,
        watching(opened, alice, UPDATED) as publications,
    ):
        clock.advance(hours=1)
        await worker.ticker.process_due_queues()
        executed = (await executions())["data"]["queueExecuted"]
        assert (executed["outcome"], executed["scheduledTime"]) == ("EXECUTED", queue["nextScheduledTime"])
        assert (await publications())["data"]["publicationUpdated"]["status"] == "SCHEDULED"


async def test_a_skip_is_heard_of_as_well(alice: User, clock: FakeClock, opened: Open, worker: Process) -> None:
    await due_queue(alice, clock.now + HOUR)
    async with watching(opened, alice, EXECUTED) as following:
        clock.advance(hours=1)
        await worker.ticker.process_due_queues()
        assert (await following())["data"]["queueExecuted"] | {"scheduledTime": None} == {
            "outcome": "SKIPPED",
            "scheduledTime": None,
            "post": None,
        }


async def test_nobody_watches_without_a_token(address: str) -> None:
    headers = {"Accept": "text/event-stream"}
    async with client_of(f"http://{address}") as http:
        answer = await http.post("/graphql", json={"query": UPDATED}, headers=headers)
    assert "UNAUTHENTICATED" in answer.text
    assert answer.text.endswith("event: complete\ndata: \n\n")
    assert "\r" not in answer.text, "urql takes LF alone for the end of a line"


async def test_signs_of_life_are_lines_like_the_others() -> None:
    assert EventStream().encode_comment("ping") == ": ping\n\n"


@asynccontextmanager
async def streamed(address: str, user: User, query: str) -> AsyncIterator[AsyncIterator[str]]:
    """The lines of a stream of events."""
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {user.token}"}
    async with (
        client_of(f"http://{address}") as http,
        http.stream("POST", "/graphql", json={"query": query}, headers=headers) as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield answer.aiter_lines()


async def next_data(lines: AsyncIterator[str]) -> Any:
    async for line in lines:
        if line.startswith("data: {"):
            return json.loads(line.removeprefix("data: "))
    return None


async def test_the_same_is_told_as_server_sent_events(
    alice: User, clock: FakeClock, address: str, process: Process, worker: Process
) -> None:
    await alice.connect("X")
    await due_post(alice, clock, x="Hello")
    async with streamed(address, alice, UPDATED) as lines:
        first = asyncio.create_task(next_data(lines))
        await asyncio.wait_for(process.broker.wait_until_subscribed(), 10)
        await worker.publisher.publish_due()
        assert (await first)["data"]["publicationUpdated"]["platform"] == "X"


async def test_a_stream_ends_when_the_token_does(alice: User, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Context, "seconds_left", 0.1)
    async with streamed(address, alice, UPDATED) as lines:
        last = await next_data(lines)
        assert [error["extensions"]["code"] for error in last["errors"]] == ["UNAUTHENTICATED"]
        assert "event: complete" in [line async for line in lines]


async def test_who_falls_behind_is_let_go_with_a_reason_and_costs_nobody_else_anything(
    alice: User, process: Process, worker: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker_module, "PENDING_MAX", 3)
    topic = broker_module.Topic.PUBLICATIONS
    async with process.broker.subscribe(topic, "alice") as slow, process.broker.subscribe(topic, "alice") as quick:
        heard: list[Any] = []
        for _ in range(5):
            post = await alice.create_post(x="Hello")
            heard += await quick.changes()
        with pytest.raises(broker_module.SubscriptionEnded, match="more than 3 changes"):
            await slow.changes()
        assert len(heard) == 5
        assert post["publications"][0]["id"] == str(heard[-1])


async def test_where_redis_lets_go_of_us_all_are_told_and_may_begin_anew(
    alice: User, clock: FakeClock, opened: Open, process: Process, worker: Process
) -> None:
    await alice.connect("X")
    await due_post(alice, clock, x="Hello")
    async with watching(opened, alice, UPDATED) as following:
        await process.redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        (error,) = (await following())["errors"]
        assert (error["extensions"]["code"], "interrupted" in error["message"]) == ("UNAVAILABLE", True)
    async with watching(opened, alice, UPDATED) as following:
        await worker.publisher.publish_due()
        assert "PUBLISHED" in await states(following, "PUBLISHED")


async def test_changes_that_follow_each_other_closely_may_be_told_as_one(
    alice: User, clock: FakeClock, process: Process
) -> None:
    async with process.broker.subscribe(broker_module.Topic.PUBLICATIONS, "alice") as subscriber:
        post = await alice.create_post(x="Hello")
        for hours in (1, 2, 3):
            await alice.schedule_post(post["id"], clock.now + timedelta(hours=hours))
        await process.events.close()
        heard = await subscriber.changes()
        assert {str(one) for one in heard} == {post["publications"][0]["id"]}
