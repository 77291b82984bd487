"""node(id) and nodes(ids): anything of the caller's by its id, and null for everything else, at its place."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from support.api import DELETE_QUEUE, DISCONNECT_ACCOUNT, NODE_QUERY, NODES_QUERY, User
from support.clock import FakeClock
from support.rows import add_executions
from support.statements import Statements

from perennial.api.graphql.nodes import loading
from perennial.db.models import QueueExecution
from perennial.db.sql import run_sql

KINDS = ["Post", "Publication", "RecurringQueue", "QueueExecution", "ConnectedAccount"]


async def things(user: User, clock: FakeClock, name: str = "Hello") -> dict[str, Any]:
    """One of each kind, as `node` answers it."""
    original, clone = [await user.create_post(x=f"{name} {which}") for which in ("original", "clone")]
    queue = await user.create_queue(original["id"], clock.now + timedelta(hours=1), interval=3)
    await add_executions(queue, [clock.now - timedelta(days=1)], clone)
    (execution,) = (await user.queue(queue["id"]))["executions"]["nodes"]
    (account,) = await user.connect("X")
    (publication,) = original["publications"]
    (cloned,) = clone["publications"]
    text = {"content": publication["content"]}
    return {
        "Post": {"id": original["id"], "publications": [{"id": publication["id"], **text}]},
        "Publication": {"id": publication["id"], **text, "errorCode": None, "account": None},
        "RecurringQueue": {
            "id": queue["id"],
            "interval": 3,
            "originalPost": {"id": original["id"]},
            "executions": {"nodes": [{"id": execution["id"]}]},
        },
        "QueueExecution": {
            "id": execution["id"],
            "outcome": "EXECUTED",
            "post": {"id": clone["id"], "publications": [{"id": cloned["id"]}]},
        },
        "ConnectedAccount": {"id": account["id"], "handle": account["handle"]},
    }


async def test_each_kind_is_answered_with_its_own_fields(alice: User, clock: FakeClock) -> None:
    hers = await things(alice, clock)
    assert list(hers) == KINDS
    for kind, thing in hers.items():
        assert await alice.do(NODE_QUERY, id=thing["id"]) == {"__typename": kind, **thing}


async def test_several_are_answered_in_the_order_of_their_ids_with_null_where_there_is_nothing(
    alice: User, bob: User, clock: FakeClock
) -> None:
    hers, his = await things(alice, clock), await things(bob, clock)
    wanted = [{"__typename": kind, **thing} for kind, thing in hers.items()]
    nothing = [str(uuid4()), "first", "", "\x00", *(thing["id"] for thing in his.values())]
    ids = [one for pair in zip(nothing, [*(thing["id"] for thing in wanted)] * 2, strict=False) for one in pair]
    found = await alice.do(NODES_QUERY, ids=ids)
    assert found[::2] == [None] * len(nothing)
    assert found[1::2] == (wanted * 2)[: len(nothing)]
    assert await alice.do(NODES_QUERY, ids=[]) == []


async def test_one_given_twice_or_in_capitals_is_answered_twice(alice: User) -> None:
    post = await alice.create_post(x="Hello")
    found = await alice.do(NODES_QUERY, ids=[post["id"], post["id"].upper(), post["id"]])
    assert [one["id"] for one in found] == [post["id"]] * 3


async def test_what_was_deleted_is_null_and_a_disconnected_account_is_answered_as_such(
    alice: User, clock: FakeClock
) -> None:
    hers = await things(alice, clock)
    queue, account = hers["RecurringQueue"]["id"], hers["ConnectedAccount"]["id"]
    await alice.do(DELETE_QUEUE, id=queue)
    await alice.do(DISCONNECT_ACCOUNT, id=account)
    ask = "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on ConnectedAccount { status } } }"
    found = await alice.do(ask, ids=[queue, hers["QueueExecution"]["id"], account])
    assert found == [None, None, {"id": account, "status": "DISCONNECTED"}]


async def test_a_hundred_ids_are_answered_and_one_more_is_refused(alice: User, clock: FakeClock, queue: Any) -> None:
    await add_executions(queue, [clock.now - timedelta(days=days) for days in range(100)])
    ids = [str(row.id) for row in await QueueExecution.all().order_by("scheduled_time")]
    assert len(set(ids)) == 100
    ask = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert [one["id"] for one in await alice.do(ask, ids=ids)] == ids
    refusal = await alice.refused(ask, ids=[*ids, queue["id"]])
    assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "ids")


@pytest.mark.parametrize("ids", [None, [None], [["a"]], [1.5], {"a": 1}])
async def test_what_is_no_list_of_ids_is_refused(alice: User, ids: Any) -> None:
    refusal = await alice.refused("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
    assert refusal.code == "BAD_USER_INPUT"


async def test_fragments_on_the_interface_and_on_types_apply_to_whom_they_should(alice: User, queue: Any) -> None:
    ask = """query ($ids: [ID!]!) { nodes(ids: $ids) { ...Both ... on Post { id post: __typename } } }
        fragment Both on Node { id ...Queue ... on Node { again: id } }
        fragment Queue on RecurringQueue { interval originalPost { ... on Node { id ... on Post { status } } } }"""
    post = {"id": queue["originalPostId"]}
    found = await alice.do(ask, ids=[queue["id"], post["id"]])
    assert found == [
        {"id": queue["id"], "again": queue["id"], "interval": 7, "originalPost": {**post, "status": "DRAFT"}},
        {**post, "again": post["id"], "post": "Post"},
    ]


async def test_twenty_of_each_kind_cost_as_many_statements_as_one_of_each(
    alice: User, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    statements = Statements(caplog)
    every = [await things(alice, clock, f"Number {number}") for number in range(20)]
    ids = [[thing["id"] for thing in one.values()] for one in every]
    one = await statements.of(alice, NODES_QUERY, ids=ids[0])
    assert await statements.of(alice, NODES_QUERY, ids=[one for each in ids for one in each]) == one
    aliased = " ".join(f'n{number}: node(id: "{each[0]}") {{ id }}' for number, each in enumerate(ids))
    assert await statements.during(alice.execute(f"{{ {aliased} }}")) == await statements.of(
        alice, "query ($id: ID!) { node(id: $id) { id } }", id=ids[0][0]
    )


@pytest.mark.parametrize("given", [str(UUID(int=7)), "first"])
async def test_what_nobody_has_costs_one_statement_at_most(
    alice: User, given: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert await Statements(caplog).during(alice.do(NODE_QUERY, id=given)) <= 1


@pytest.mark.one_dialect
async def test_each_table_is_asked_by_the_ids_and_not_by_all_that_the_owner_has(alice: User) -> None:
    """On SQLite, which would take the owner's index where it can."""
    plan = [row["detail"] for row in await run_sql(f"EXPLAIN QUERY PLAN {loading._KINDS}", alice.name, [UUID(int=7)])]
    searched = [line for line in plan if line.startswith("SEARCH")]
    assert len(searched) == 7, "the five tables, and the two by which publications and executions have an owner"
    assert all(line.endswith("(id=?)") for line in searched)
