"""Errors: each has its code, and the name of the field that is wrong, for variables and for literals alike."""

from typing import Any

import pytest
from support.api import CREATE_QUEUE, Refusal, User

pytestmark = pytest.mark.one_dialect

CODES = [
    ("{", "BAD_REQUEST", None),
    ("hello", "BAD_REQUEST", None),
    ('{ post(id: "a) { id } }', "BAD_REQUEST", None),
    ("{ \ud800 }", "BAD_REQUEST", None),
    ("{ nothing }", "BAD_REQUEST", None),
    ("{ queues { nothing } }", "BAD_REQUEST", None),
    ("{ queues }", "BAD_REQUEST", None),
    ("{ __typename { name } }", "BAD_REQUEST", None),
    ("{ queues(last: 3) { nodes { id } } }", "BAD_REQUEST", None),
    ("mutation { pauseEverything { id } }", "BAD_REQUEST", None),
    ("mutation { pauseQueue { queue { id } } }", "BAD_REQUEST", None),
    ("subscription { queues { id } }", "BAD_REQUEST", None),
    ("{ ...Nothing }", "BAD_REQUEST", None),
    ("{ ...A } fragment A on Query { ...A }", "BAD_REQUEST", None),
    ("query ($first: String) { queues(first: $first) { nodes { id } } }", "BAD_REQUEST", None),
    ("{ __typename @nothing }", "BAD_REQUEST", None),
    ("{ queues(first: 0) { nodes { id } } }", "BAD_USER_INPUT", "first"),
    ('{ queues(first: "3") { nodes { id } } }', "BAD_USER_INPUT", "first"),
    ("{ queues(first: 99999999999999999999) { nodes { id } } }", "BAD_USER_INPUT", "first"),
    ("{ queues(status: SLEEPING) { nodes { id } } }", "BAD_USER_INPUT", "status"),
    ('{ queues(status: "ACTIVE") { nodes { id } } }', "BAD_USER_INPUT", "status"),
    ("{ post(id: null) { id } }", "BAD_USER_INPUT", "id"),
    ("{ post(id: [[1]]) { id } }", "BAD_USER_INPUT", "id"),
    ("mutation { createPost(input: {}) { post { id } } }", "BAD_USER_INPUT", "publications"),
    ("mutation { createPost(input: 7) { post { id } } }", "BAD_USER_INPUT", "input"),
    ('mutation { createPost(input: {publications: [{platform: X, content: "a", media: 1}]}) { post { id } } }',
     "BAD_USER_INPUT", "publications.0.media"),
    ('mutation { createPost(input: {publications: [{platform: X, content: ["a"]}]}) { post { id } } }',
     "BAD_USER_INPUT", "publications.0.content"),
    ('mutation { createPost(input: {publications: [{platform: X, content: ""}]}) { post { id } } }', "BAD_USER_INPUT",
     "publications.0.content"),
    ('mutation { resumeQueue(input: {id: "a", nextScheduledTime: "2030-01-01T00:00:00"}) { queue { id } } }',
     "BAD_USER_INPUT", "nextScheduledTime"),
    ('mutation { pauseQueue(input: {id: "a"}) { queue { id } } }', "NOT_FOUND", None),
    ("query A { __typename } query B { __typename }", "BAD_REQUEST", None),
    ("mutation A { deletePost(input: {id: 1}) { deletedId } } query B { __typename }", "BAD_REQUEST", None),
    ("fragment A on Query { __typename }", "BAD_REQUEST", None),
]  # fmt: skip


async def test_every_error_has_its_code_and_field(alice: User) -> None:
    for query, code, field in CODES:
        refusal = await alice.refused(query)
        assert (refusal.code, refusal.field) == (code, field), query


async def test_of_several_operations_none_is_done_until_one_is_named(alice: User) -> None:
    create = 'mutation M { createPost(input: {publications: [{platform: X, content: "Hello"}]}) { post { id } } }'
    refusal = await alice.refused(create + " query Q { __typename }")
    assert "operationName" in refusal.message
    assert (await alice.do("{ posts { nodes { id } } }"))["nodes"] == []


async def test_words_are_ours_and_not_the_languages_below(alice: User) -> None:
    for query in ("{ queues(first: " + "9" * 5_000 + ") { nodes { id } } }", "fragment A on Query { __typename }"):
        message = (await alice.refused(query)).message
        assert not any(word in message for word in ("sys.", "4300", "Can't get")), message


@pytest.mark.parametrize("name", ["input", "i", "queue"])
async def test_a_field_has_its_name_whatever_the_variable_is_called(alice: User, name: str) -> None:
    query = f"mutation (${name}: CreateQueueInput!) {{ createQueue(input: ${name}) {{ queue {{ id }} }} }}"
    for wrong in ("7", None):
        assert (await alice.refused(query, **{name: {**QUEUE_INPUT, "interval": wrong}})).field == "interval"
    for given, field in ({**QUEUE_INPUT, "count": 1}, "count"), ({"interval": 1}, "nextScheduledTime"):
        assert (await alice.refused(query, **{name: given})).field == field


QUEUE_INPUT = {"originalPostId": "a", "interval": 7, "nextScheduledTime": "2030-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("change", "literal", "field"),
    [
        ({"interval": "7"}, 'interval: "7"', "interval"),
        ({"interval": [7]}, "interval: [7]", "interval"),
        ({"interval": None}, "interval: null", "interval"),
        ({"originalPostId": {"a": [1]}}, "originalPostId: {a: [1]}", "originalPostId"),
        ({"nextScheduledTime": "soon"}, 'nextScheduledTime: "soon"', "nextScheduledTime"),
        ({"nextScheduledTime": {"a": 1}}, "nextScheduledTime: {a: 1}", "nextScheduledTime"),
        ({"cadence": "FIXD"}, "cadence: FIXD", "cadence"),
        ({"cadences": 1}, "cadences: 1", "cadences"),
    ],
)
async def test_a_wrong_value_is_refused_alike_as_a_variable_and_as_a_literal(
    alice: User, change: dict[str, Any], literal: str, field: str
) -> None:
    good = {"originalPostId": '"a"', "interval": "7", "nextScheduledTime": '"2030-01-01T00:00:00Z"'}
    rest = ", ".join(f"{name}: {value}" for name, value in good.items() if name not in change)
    as_variable = await alice.refused(CREATE_QUEUE, input=QUEUE_INPUT | change)
    as_literal = await alice.refused(f"mutation {{ createQueue(input: {{ {rest}, {literal} }}) {{ queue {{ id }} }} }}")
    for refusal in (as_variable, as_literal):
        assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", field)


async def test_null_given_by_a_variable_of_its_own_is_the_callers_error(alice: User) -> None:
    query = """mutation ($cadence: Cadence) { createQueue(input: {
        originalPostId: "a", interval: 7, nextScheduledTime: "2030-01-01T00:00:00Z", cadence: $cadence
    }) { queue { id } } }"""
    refusal = await alice.refused(query, cadence=None)
    assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "cadence")


async def test_one_field_that_fails_leaves_the_others_their_answers(alice: User) -> None:
    create = 'createPost(input: {publications: [{platform: X, content: "a"}]}) { post { id } }'
    answer = await alice.execute(f'mutation {{ {create} pauseQueue(input: {{id: "a"}}) {{ queue {{ id }} }} }}')
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["pauseQueue"], "NOT_FOUND")
    assert answer["data"]["pauseQueue"] is None
    assert answer["data"]["createPost"]["post"]["id"], "the id of what was made is not lost"
    assert len((await alice.do("{ posts { nodes { id } } }"))["nodes"]) == 1


async def test_an_error_says_where_in_the_document_it_is(alice: User) -> None:
    for query, place in [("{\n  posts(", 3), ("{\n  nothing }", 3), ("{\n  posts(first: 0) { nodes { id } } }", 3)]:
        (error,) = (await alice.execute(query))["errors"]
        assert error["locations"][0]["line"] == 2, query
        assert error["locations"][0]["column"] >= place


async def test_refusals_say_what_to_do(alice: User) -> None:
    missing = await alice.refused('mutation { pauseQueue(input: {id: "a"}) { queue { id } } }')
    assert missing == Refusal("NOT_FOUND", None, "There is no such queue.")
