"""Whoever we do not know learns that, and no name of the schema."""

from typing import Any

import pytest
from graphql import build_schema
from support.api import User
from support.processes import ROOT

pytestmark = pytest.mark.one_dialect

# Each is wrong in a way whose message names a type or a field of the schema.
CREATE = "mutation ($a: CreatePostInput!) { createPost(input: $a) { post { id } } }"
WRONG = {
    "a field": ("{ nothing }", {}),
    "a field below": ("{ queues { nodes { nothing } } }", {}),
    "an argument": ("{ queues(nothing: 1) { nodes { id } } }", {}),
    "a missing argument": ("{ queue { id } }", {}),
    "a type's selection": ("{ queue(id: 1) }", {}),
    "a scalar's selection": ("{ __typename { a } }", {}),
    "a value": ("{ queues(first: A) { nodes { id } } }", {}),
    "an enum's value": ("{ queues(status: NOTHING) { nodes { id } } }", {}),
    "a fragment's type": ("{ ... on Queri { __typename } }", {}),
    "a fragment that cannot be": ("{ ... on Mutation { __typename } }", {}),
    "an input's field": ("mutation { createPost(input: {nothing: 1}) { post { id } } }", {}),
    "a variable's type": ("query ($a: Nothing) { queues(first: $a) { nodes { id } } }", {}),
    "a variable of another type": ("query ($a: String) { queues(first: $a) { nodes { id } } }", {}),
    "a variable's value": ("query ($a: [QueueStatus!]) { queues(status: $a) { nodes { id } } }", {"a": "NOTHING"}),
    "a variable's field": (CREATE, {"a": {"b": 1}}),
    "a variable that is missing": (CREATE, {}),
    "a variable's null": (CREATE, {"a": None}),
    "many fields": ("{ " + " ".join(f"n{number}" for number in range(50)) + " }", {}),
}
NAMES = {name for name in build_schema((ROOT / "schema.graphql").read_text()).type_map if not name.startswith("__")}


@pytest.mark.parametrize(("document", "variables"), WRONG.values(), ids=WRONG)
async def test_an_anonymous_error_says_unauthenticated_and_nothing_else(
    alice: User, nobody: User, document: str, variables: dict[str, Any]
) -> None:
    answer = await nobody.execute(document, **variables)
    (error,) = answer["errors"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}
    assert answer.get("data") is None
    words = set(error["message"].replace("'", " ").replace('"', " ").split())
    assert not words & NAMES
    assert (await alice.execute(document, **variables))["errors"][0]["extensions"]["code"] != "UNAUTHENTICATED"


async def test_it_is_a_401_where_the_status_says_whether_anything_was_executed(nobody: User) -> None:
    headers = {"Accept": "application/graphql-response+json"}
    answer = await nobody.http.post("/graphql", json={"query": "{ nothing }"}, headers=headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("document", ["{", "{ a", "{ a(b: ) }", "query A { a } query B { b }"])
async def test_what_is_no_graphql_is_told_to_everybody(nobody: User, document: str) -> None:
    (error,) = (await nobody.execute(document))["errors"]
    assert error["extensions"]["code"] == "BAD_REQUEST"
