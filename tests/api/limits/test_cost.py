"""What an operation can answer with, in points: its root fields, and the objects below them."""

from typing import Any

import pytest
from graphql import get_introspection_query, parse

from perennial.api.graphql.extensions.known_documents import core_schema
from perennial.api.graphql.schema import schema
from perennial.api.limits.cost import cost

POSTS = "publications { id }"


def of(document: str, name: str | None = None, **variables: Any) -> int:
    return cost(core_schema(schema), parse(document), name, variables, page_size=100)


@pytest.mark.parametrize(
    ("document", "objects"),
    [
        ("{ __typename a: __typename }", 2),
        ('{ queue(id: "1") { id interval } }', 1 + 1),
        ("{ accounts { id } }", 1 + 2),
        ("{ queues { nodes { id } } }", 1 + 25),
        ("{ queues(first: 10) { nodes { id } } }", 1 + 10),
        ("{ queues(first: 10) { edges { node { id } } pageInfo { endCursor } } }", 1 + 10 * 2 + 1),
        ("{ queues(first: 10) { ...A } } fragment A on RecurringQueueConnection { nodes { id } }", 1 + 10),
        ("{ queues(first: 10) { pageInfo { endCursor } } }", 1 + 10),
        ("{ queues(first: 10) { nodes { originalPost { publications { id } } } } }", 1 + 10 * (1 + 1 + 2)),
        ("{ queues(first: 10) { nodes { originalPost { publications { account { id } } } } } }", 1 + 10 * (2 + 2 * 2)),
        ("{ queues(first: 10) { nodes { executions { nodes { id } } } } }", 1 + 10 * (1 + 10)),
        ("{ queues(first: 10) { nodes { executions { pageInfo { endCursor } } } } }", 1 + 10 * (1 + 10)),
        ("{ queues(first: 100) { nodes { executions(first: 100) { nodes { id } } } } }", 1 + 100 * (1 + 100)),
        ("{ a: queues(first: 10) { nodes { id } } b: queues(first: 20) { nodes { id } } }", 2 + 30),
        ("{ queues(first: 10) { nodes { id a: id b: id } } }", 1 + 10 * (1 + 2)),
        ("{ queues(first: 10) { totalCount } }", 1 + 10),
        ("{ queues(platform: X, first: 1) { totalCount } }", 1 + 10 + 10),
        ("{ queues(platform: X, first: 5) { nodes { id } } }", 1 + 10 + 5),
        ("{ queues(platform: null, first: 5) { nodes { id } } }", 1 + 5),
        ("query ($p: Platform) { queues(platform: $p, first: 5) { nodes { id } } }", 1 + 5),
        ("query ($p: Platform = X) { queues(platform: $p, first: 5) { nodes { id } } }", 1 + 10 + 5),
        ("{ posts(platform: X, first: 5) { nodes { id } } }", 1 + 5),
        ("{ queues(first: 10) { totalCount nodes { id } } }", 1 + 10 + 10),
        ("{ executions(first: 10) { nodes { id explanation } } }", 1 + 10 * (1 + 3)),
        ("{ queues(first: 20) { nodes { executions(first: 5) { totalCount } } } }", 1 + 20 * (1 + 10)),
        ("{ queues(first: 20) { nodes { upcoming { skipped } } } }", 1 + 20 * (1 + 5)),
        (
            "{ queues(first: 20) { nodes { upcoming(first: 9) { post { id } obstacles { code } } } } }",
            1 + 20 * (1 + 9 * 4),
        ),
        ('{ upcoming(until: "2027-01-01T00:00:00Z", first: 10) { nodes { post { id } } } }', 1 + 10 * (1 + 1)),
        ('{ upcoming(until: "2027-01-01T00:00:00Z", first: 10) { totalCount } }', 1 + 300),
        ('{ upcoming(until: "2027-01-01T00:00:00Z", after: "a", first: 9) { nodes { skipped } } }', 1 + 1_000 + 9),
        ('{ upcoming(from: "2027", until: "2028", after: "a") { nodes { queue { id } } } }', 1 + 1_000 + 25 * (1 + 1)),
        ('{ upcoming(from: "2027", until: "2028") { totalCount nodes { skipped } } }', 1 + 2 * 1_000 + 300 + 25),
        ('{ upcoming(until: "2028", after: "a") { totalCount nodes { skipped } } }', 1 + 1_000 + 300 + 25),
        (
            '{ upcoming(from: "2027", until: "2028", first: 1) { ...A } }'
            " fragment A on UpcomingOccurrenceConnection { ...B ...B }"
            " fragment B on UpcomingOccurrenceConnection { ... { totalCount } }",
            1 + 2 * 1_000 + 300,
        ),
        ("{ ...A ...A } fragment A on Query { queues(first: 10) { nodes { id } } }", 1 + 10),
        ("{ queues(first: 0) { nodes { id } } }", 1 + 1),
        ("{ queues(first: -5) { nodes { id } } }", 1 + 1),
        ("{ queues(first: 2147483647) { nodes { id } } }", 1 + 100),
        ("{ queues(first: null) { nodes { id } } }", 1 + 25),
        ('{ node(id: "1") { id ... on Post { publications { id } } } }', 1 + 1 + 2),
        ('{ nodes(ids: ["1", "2", "3"]) { id } }', 1 + 3),
        ('{ nodes(ids: ["1", "2", "3"]) { a: id ... on Post { publications { id } } } }', 1 + 3 * (1 + 1 + 2)),
        ('{ nodes(ids: "1") { id } }', 1 + 1),
        ("{ nodes(ids: []) { id } }", 1 + 1),
        ("{ nodes(ids: [1" + ", 1" * 499 + "]) { id } }", 1 + 100),
        (
            'mutation { a: deletePost(input: {id: "1"}) { deletedId } b: deletePost(input: {id: "2"}) { deletedId } }',
            2 * 10,
        ),
        ('mutation { pauseQueues(input: {ids: ["1", "2", "3"]}) { results { id } } }', 3 * 10),
        ("mutation { pauseAllQueues(input: {holdScheduled: true}) { count warnings { code } } }", 1_000),
        ('mutation { runQueueNow(input: {id: "1", idempotencyKey: "2"}) { queue { id } } }', 20),
        ("mutation { a: resumeAllQueues(input: {}) { count } b: resumeAllQueues(input: {}) { count } }", 2 * 3_000),
        (
            'mutation { pauseQueues(input: {ids: ["1", "2"]}) { results { queue { id } error { code } } } }',
            2 * 10,
        ),
        ('mutation { clonePost(input: {id: "1"}) { post { publications { id } } } }', 10),
        (
            'mutation { pauseQueue(input: {id: "1"}) { queue { executions(first: 50) { nodes { id } } } } }',
            1 + 1 + 1 + 50,
        ),
        ("subscription { publicationUpdated { id account { id } } }", 1 + 1 + 1),
    ],
)
def test_a_page_multiplies_what_is_below_it(document: str, objects: int) -> None:
    assert of(document) == objects


def test_as_many_ids_as_variables_hold_are_counted() -> None:
    document = 'query ($ids: [ID!]! = ["1", "2"], $id: ID) { nodes(ids: $ids) { id } one: nodes(ids: [$id]) { id } }'
    assert [of(document), of(document, ids=["1"] * 7), of(document, ids="1", id="2")] == [
        2 + 2 + 1,
        2 + 7 + 1,
        2 + 1 + 1,
    ]
    assert of(document, ids=["1"] * 5_000) == 2 + 100 + 1


@pytest.mark.parametrize(
    ("declared", "given", "variables"),
    [
        ("$input: PauseQueuesInput!", "$input", {"input": {"ids": ["1"] * 5}}),
        ("$ids: [ID!]!", "{ids: $ids}", {"ids": ["1"] * 5}),
        ("$input: PauseQueuesInput! = {ids: [1, 2, 3, 4, 5]}", "$input", {}),
        ("$ids: [ID!]! = [1, 2, 3, 4, 5]", "{ids: $ids}", {}),
    ],
)
def test_ids_in_an_input_are_counted_wherever_its_variable_is(
    declared: str, given: str, variables: dict[str, Any]
) -> None:
    document = f"mutation ({declared}) {{ pauseQueues(input: {given}) {{ results {{ id }} }} }}"
    assert of(document, **variables) == 5 * 10


def test_of_an_interface_the_type_counts_of_which_most_is_asked_for() -> None:
    post, queue = (
        "... on Post { publications { id } }",
        "... on RecurringQueue { executions(first: 5) { nodes { id } } }",
    )
    assert of(f'{{ node(id: "1") {{ {post} {queue} }} }}') == 1 + 1 + 5
    assert of(f'{{ node(id: "1") {{ ... on Node {{ {post} }} ... on Node {{ {post} a: id }} }} }}') == 1 + 1 + 2 + 2 + 1
    spread = f"fragment P on Node {{ ...Q {post} }} fragment Q on RecurringQueue {{ executions {{ nodes {{ id }} }} }}"
    assert of(f'{{ nodes(ids: ["1", "2"]) {{ ...P ...P }} }} {spread}') == 1 + 2 * (1 + 10)
    assert of(f'{{ post(id: "1") {{ ...P }} }} {spread}') == 1 + 1 + 2


def test_fragments_on_an_interface_that_spread_each_other_twice_are_counted_once_for_each_type() -> None:
    two = "".join(f"fragment F{n} on Node {{ ...F{n + 1} ... on Node {{ ...F{n + 1} }} }}" for n in range(40))
    assert of('{ node(id: "1") { ...F0 } }' + two + "fragment F40 on Node { a: id }") > 2**40


def test_a_page_size_may_be_a_variable_with_or_without_a_default() -> None:
    document = "query ($n: Int = 3) { queues(first: $n) { nodes { id } } }"
    assert (of(document), of(document, n=7), of(document, n=None)) == (4, 8, 4)
    assert of("query ($n: Int) { queues(first: $n) { nodes { id } } }") == 1 + 25


@pytest.mark.parametrize("given", [100, 100.0, "100", 1e30, 1e400, [100], {}])
def test_whatever_a_page_size_is_given_as_it_is_weighed_as_what_it_may_become(given: Any) -> None:
    assert of("query ($n: Int) { queues(first: $n) { nodes { id } } }", n=given) == 1 + 100


def test_numbers_of_any_length_are_weighed() -> None:
    """An ID can be one."""
    document = (
        "query ($id: ID! = {0}, $n: Int = {0}) {{ post(id: $id) {{ id }} queues(first: $n) {{ nodes {{ id }} }} }}"
    )
    assert of(document.format("9" * 5_000)) == 2 + 1 + 100


def test_a_filter_in_a_variable_costs_what_it_costs_in_the_document() -> None:
    document = "query ($p: Platform) { queues(platform: $p, first: 5) { nodes { id } } }"
    assert [of(document, p=given) for given in ("LINKEDIN", None)] == [1 + 10 + 5, 1 + 5]


def test_the_operation_that_is_named_is_weighed() -> None:
    document = "query A { accounts { id } } query B { queues(first: 5) { nodes { id } } }"
    assert (of(document, "A"), of(document, "B")) == (3, 6)


def test_the_introspection_that_tools_send_costs_less_than_is_allowed() -> None:
    assert of(get_introspection_query()) < 10_000


def test_fragments_that_spread_each_other_twice_cost_what_they_would_answer_with() -> None:
    same = "".join(f"fragment F{n} on Post {{ publications {{ id }} ...F{n + 1} ...F{n + 1} }}" for n in range(20))
    assert of('{ post(id: "1") { ...F0 } }' + same + "fragment F20 on Post { id }") == 1 + 1 + 20 * 2
    two = "".join(
        f"fragment F{n} on __Type {{ a: ofType {{ ...F{n + 1} }} b: ofType {{ ...F{n + 1} }} }}" for n in range(20)
    )
    assert of('{ __type(name: "Post") { ...F0 } }' + two + "fragment F20 on __Type { name }") > 2**20


def test_a_mutation_counts_wherever_it_stands() -> None:
    two = "deletePost(input: {id: 1}) { deletedId } ... { deleteQueue(input: {id: 1}) { deletedId } }"
    assert of(f"mutation {{ ...A }} fragment A on Mutation {{ {two} }}") == 2 * 10
