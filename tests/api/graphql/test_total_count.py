"""totalCount: how many entries a list has on all its pages, up to a thousand, and only if it is asked for."""

from datetime import timedelta
from typing import Any

import pytest
from support.api import User
from support.clock import FakeClock
from support.rows import add_executions
from support.statements import Statements

from perennial.api.graphql import _paging, _walks

MANY = _paging.COUNT_MAX


async def test_it_counts_all_pages_with_the_filters_that_were_asked_for(
    alice: User, bob: User, clock: FakeClock, queue: Any
) -> None:
    await bob.create_post(x="Mine")
    made = [await alice.create_post(x=f"Number {number}") for number in range(3)]
    await alice.schedule_post(made[0]["id"], clock.now + timedelta(hours=1))
    wanted = {
        "posts(first: 1)": 4,
        "posts(status: DRAFT, first: 1)": 3,
        "posts(status: [DRAFT, SCHEDULED], orderBy: SCHEDULED_ASC)": 4,
        "posts(platform: LINKEDIN)": 1,
        f'posts(createdByQueueId: "{queue["id"]}")': 0,
        'posts(createdByQueueId: "none")': 0,
        "queues(first: 1)": 1,
        "queues(status: [PAUSED])": 0,
        "queues(platform: LINKEDIN, orderBy: CREATED_ASC)": 1,
    }
    for field, count in wanted.items():
        assert await alice.do(f"{{ {field} {{ totalCount }} }}") == {"totalCount": count}, field
    page = await alice.do("{ posts(first: 3) { totalCount pageInfo { endCursor } } }")
    rest = f'{{ posts(after: "{page["pageInfo"]["endCursor"]}") {{ totalCount nodes {{ id }} }} }}'
    assert await alice.do(rest) == {"totalCount": 4, "nodes": [{"id": queue["originalPostId"]}]}


async def test_a_thousand_are_counted_and_of_more_it_is_null(alice: User, clock: FakeClock, queue: Any) -> None:
    """With the ledger of a queue, which is written fastest."""
    ask = "{ queues { nodes { executions(first: 1) { totalCount } } } }"
    await add_executions(queue, [clock.now - timedelta(days=day) for day in range(MANY)])
    assert await alice.do(ask) == {"nodes": [{"executions": {"totalCount": MANY}}]}
    await add_executions(queue, [clock.now + timedelta(days=1)])
    assert await alice.do(ask) == {"nodes": [{"executions": {"totalCount": None}}]}


async def test_a_list_of_more_is_counted_no_further(alice: User, queue: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (_paging, _walks):
        monkeypatch.setattr(module, "COUNT_MAX", 2)
    for count in (2, None, None):
        await alice.create_post(x="Hello")
        assert await alice.do("{ posts { totalCount } }") == {"totalCount": count}
    assert await alice.do("{ posts(status: [DRAFT, FAILED]) { totalCount } }") == {"totalCount": None}


async def test_it_costs_a_statement_where_it_is_asked_for_whatever_the_number_of_queues(
    alice: User, clock: FakeClock, queue: Any, caplog: pytest.LogCaptureFixture
) -> None:
    statements = Statements(caplog)
    ask = "{ queues { %s nodes { executions { %s nodes { id } } } } }"
    plain = await statements.of(alice, ask % ("", ""))
    assert await statements.of(alice, ask % ("totalCount", "")) == plain + 1
    for hour in range(5):
        more = await alice.create_queue(queue["originalPostId"], clock.now + timedelta(hours=hour + 2))
        await add_executions(more, [clock.now - timedelta(days=day) for day in range(hour)])
    assert await statements.of(alice, ask % ("", "totalCount")) == plain + 1
    nodes = (await alice.do(ask % ("", "totalCount")))["nodes"]
    assert [node["executions"]["totalCount"] for node in nodes] == [0, 0, 1, 2, 3, 4]
