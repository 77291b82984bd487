"""The number of SQL statements of a list does not grow with the page."""

from datetime import timedelta
from typing import Any

import pytest
from support.api import POSTS_QUERY, QUEUES_QUERY, User
from support.clock import FakeClock
from support.rows import add_executions
from support.statements import Statements

from perennial.core.states import Platform, PublicationStatus
from perennial.db.models import ConnectedAccount, PlatformBreaker, Publication
from perennial.process import Process


@pytest.fixture
def statements(caplog: pytest.LogCaptureFixture) -> Statements:
    return Statements(caplog)


async def fill(user: User, clock: FakeClock, count: int) -> None:
    """Adds queues, each with its own original, and two executions with clones of their own."""
    for number in range(count):
        post = await user.create_post(x=f"Number {number}", linkedin=f"Number {number}")
        queue = await user.create_queue(post["id"], clock.now + timedelta(hours=number + 1))
        for day in (1, 2):
            clone = await user.create_post(x="A clone", linkedin="A clone")
            await add_executions(queue, [clock.now - timedelta(days=day)], clone)


@pytest.mark.parametrize("query", [QUEUES_QUERY, POSTS_QUERY], ids=["queues", "posts"])
async def test_a_page_of_twenty_costs_as_many_statements_as_a_page_of_one(
    alice: User, clock: FakeClock, statements: Statements, query: str
) -> None:
    await fill(alice, clock, 20)
    one = await statements.of(alice, query, first=1)
    assert await statements.of(alice, query, first=20) == one


NODES = "nodes { id originalPost { id %s } }"
TEXTS = "publications { content }"
WITH_TEXTS = [
    f"{{ queues {{ {NODES % TEXTS} }} }}",
    f"{{ queues {{ {NODES % ('all: ' + TEXTS)} }} }}",
    f"{{ queues {{ edges {{ node {{ originalPost {{ ... on Post {{ {TEXTS} }} }} }} }} }} }}",
    f"{{ queues {{ ...page }} }} fragment post on Post {{ {TEXTS} }} "
    f"fragment page on RecurringQueueConnection {{ {NODES % '...post'} }}",
]


async def test_publications_are_read_only_when_they_are_asked_for(
    alice: User, clock: FakeClock, statements: Statements
) -> None:
    await fill(alice, clock, 3)
    assert await statements.of(alice, f"{{ queues {{ {NODES % 'status'} }} }}") == 1
    for query in WITH_TEXTS:
        assert await statements.of(alice, query) == 2, query
    skipped = f"query ($yes: Boolean!) {{ queues {{ {NODES % (TEXTS.replace('{', '@include(if: $yes) {', 1))} }} }}"
    for yes in (True, False):
        page = await alice.do(skipped, yes=yes)
        assert ["publications" in node["originalPost"] for node in page["nodes"]] == [yes] * 3


WHY = "publications { status errorCode errorMessage }"
WHO = "publications { account { id status } }"
OF_QUEUES = "{ queues { nodes { originalPost { %s } executions { nodes { post { %s } } } } } }"
OF_POSTS = "{ posts(first: 100) { nodes { %s } } }"


@pytest.fixture
async def breaker(process: Process, clock: FakeClock) -> None:
    """LinkedIn's is tripped."""
    times = {"tripped_time": clock.now, "probe_time": clock.now + timedelta(hours=1)}
    await PlatformBreaker.create(platform=Platform.LINKEDIN, error_code="C", error_message="m", **times)


@pytest.mark.usefixtures("breaker")
@pytest.mark.parametrize("query", [OF_QUEUES, OF_POSTS], ids=["queues", "posts"])
async def test_twenty_that_wait_cost_as_many_statements_as_one_whatever_they_wait_for(
    alice: User, clock: FakeClock, statements: Statements, query: str
) -> None:
    await alice.connect("X", "LINKEDIN")
    await ConnectedAccount.all().update(blocked_until=clock.now + timedelta(hours=1))
    document = query.replace("%s", f"{WHY} all: {WHO}")
    costs = []
    for count in (1, 19):
        await fill(alice, clock, count)
        for account in await ConnectedAccount.all():
            due = {"status": PublicationStatus.SCHEDULED, "next_attempt_time": clock.now}
            await Publication.filter(platform=account.platform).update(**due, connected_account_id=account.id)
        costs.append(await statements.of(alice, document))
    assert costs[1] == costs[0]
    codes = [one["errorCode"] for post in (await alice.do(OF_POSTS % WHY))["nodes"] for one in post["publications"]]
    assert set(codes) == {"RATE_LIMITED", "C"}
    assert len(codes) == 20 * 3 * 2


@pytest.mark.usefixtures("breaker")
async def test_why_something_waits_is_read_only_if_it_is_asked_for_and_something_is_due(
    alice: User, clock: FakeClock, statements: Statements
) -> None:
    """Beside the database's clock, which is a fake here."""
    await alice.connect("X", "LINKEDIN")
    post = await alice.create_post(x="Hello", linkedin="Hello")
    ask, other = OF_POSTS % WHY, OF_POSTS % TEXTS
    draft = await statements.of(alice, ask)
    assert draft == await statements.of(alice, other)
    await alice.schedule_post(post["id"], clock.now + timedelta(minutes=1))
    assert await statements.of(alice, ask) == draft
    clock.advance(minutes=1)
    assert await statements.of(alice, other) == draft
    assert await statements.of(alice, ask) == draft + 3, (
        "the breakers, in two statements where one is tripped; accounts"
    )
    assert await statements.of(alice, OF_POSTS % WHO) == draft + 1


async def test_fragments_that_spread_each_other_again_and_again_cost_nothing(alice: User, queue: Any) -> None:
    ends = " ".join(f"fragment f{n} on Post {{ ...f{n + 1} a: id ...f{n + 1} }}" for n in range(22))
    page = await alice.do(f"{{ queues {{ {NODES % '...f0'} }} }} {ends} fragment f22 on Post {{ id }}")
    assert page["nodes"][0]["originalPost"] == {"id": queue["originalPostId"], "a": queue["originalPostId"]}


async def test_a_page_after_a_cursor_costs_no_more(alice: User, clock: FakeClock, statements: Statements) -> None:
    await fill(alice, clock, 6)
    page = await alice.do(QUEUES_QUERY, first=1)
    one = await statements.of(alice, QUEUES_QUERY, first=1)
    assert await statements.of(alice, QUEUES_QUERY, first=5, after=page["pageInfo"]["endCursor"]) == one


async def test_all_executions_of_a_queue_cost_as_many_statements_as_one(
    alice: User, clock: FakeClock, queue: Any, statements: Statements
) -> None:
    for day in range(8):
        clone = await alice.create_post(x="A clone")
        await add_executions(queue, [clock.now - timedelta(days=day)], clone)
    ask = """query ($id: ID!, $first: Int) { queue(id: $id) { executions(first: $first) {
        nodes { post { publications { content } } } } } }"""
    one = await statements.of(alice, ask, id=queue["id"], first=1)
    assert await statements.of(alice, ask, id=queue["id"], first=8) == one
