"""The endpoint over HTTP: what is no GraphQL request gets a clear 400, and never a 500."""

import json
from typing import Any

import httpx2
import pytest
from support.api import User

pytestmark = pytest.mark.one_dialect

JSON = {"Content-Type": "application/json"}

BODIES = {
    "nothing": b"",
    "null": b"null",
    "a string": b'"{ __typename }"',
    "a number": b"1",
    "true": b"true",
    "a list": b'[{"query": "{ __typename }"}]',
    "an empty list": b"[]",
    "cut off": b'{"query": "{ __typename }"',
    "two values": b'{"query": "{ __typename }"} {}',
    "invalid UTF-8": b'{"query": "{ __typename } #\xff"}',
    "UTF-16 cut off": '{"query": "{ __typename }"}'.encode("utf-16")[:-1],
    "deep": b"[" * 100_000,
    "deep and whole": b'{"query": "{ __typename }", "variables": {"a": ' + b"[" * 50_000 + b"]" * 50_000 + b"}}",
    "a number of 5,000 digits": b'{"query": "{ __typename }", "variables": {"a": ' + b"9" * 5_000 + b"}}",
    "no query": b"{}",
    "a null query": b'{"query": null}',
    "an empty query": b'{"query": ""}',
    "a query that is a number": b'{"query": 1}',
    "variables that are a list": b'{"query": "{ __typename }", "variables": [1]}',
    "variables that are a string": b'{"query": "{ __typename }", "variables": "{}"}',
    "extensions that are a list": b'{"query": "{ __typename }", "extensions": [1]}',
    "an operation whose name is a number": b'{"query": "query A { __typename }", "operationName": 1}',
    "an operation whose name is a list": b'{"query": "query A { __typename }", "operationName": ["A"]}',
    "an operation whose name is an object": b'{"query": "query A { __typename }", "operationName": {"a": 1}}',
}


async def test_a_body_that_is_no_request_is_a_bad_request(http: httpx2.AsyncClient) -> None:
    for name, body in BODIES.items():
        answer = await http.post("/graphql", content=body, headers=JSON)
        (error,) = answer.json()["errors"]
        assert (answer.status_code, error["extensions"]["code"]) == (400, "BAD_REQUEST"), name
        assert error["message"], name


async def test_a_byte_order_mark_before_the_json_and_in_the_document_is_passed_over(alice: User) -> None:
    headers = {**JSON, "Authorization": f"Bearer {alice.token}"}
    for query in ("{ __typename }", "\ufeff{ __typename\ufeff }"):
        body = json.dumps({"query": query}, ensure_ascii=False).encode("utf-8-sig")
        answer = await alice.http.post("/graphql", content=body, headers=headers)
        assert answer.json()["data"] == {"__typename": "Query"}
    variables = {"query": "query ($a: Int) { __typename @skip(if: false) queues(first: $a) { nodes { id } } }"}
    asked = {**variables, "variables": '\ufeff{"a": 1}'}
    answer = await alice.http.get("/graphql", params=asked, headers=headers)
    assert answer.json()["data"]["queues"] == {"nodes": []}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"])
async def test_another_encoding_is_told_what_is_wrong(http: httpx2.AsyncClient, encoding: str) -> None:
    body = '{"query": "{ __typename } # é"}'.encode(encoding)
    for kind, status in (("application/json", 400), (f"application/json; charset={encoding}", 415)):
        answer = await http.post("/graphql", content=body, headers={"Content-Type": kind})
        assert (answer.status_code, "UTF-8" in answer.json()["errors"][0]["message"]) == (status, True)


@pytest.mark.parametrize(
    "query", ["{" + "a{" * 5_000, "{ a(b: " + "[" * 5_000, "{ a(b: " + "[" * 900 + "]" * 900 + ")}"]
)
async def test_a_query_nested_too_deep_is_an_error_of_the_caller(alice: User, query: str) -> None:
    assert (await alice.refused(query)).code == "BAD_REQUEST"


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a", ""]
)
async def test_a_body_of_another_kind_is_refused(http: httpx2.AsyncClient, kind: str) -> None:
    body = json.dumps({"query": "{ __typename }"})
    answer = await http.post("/graphql", content=body, headers={"Content-Type": kind})
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]["code"]) == (415, "BAD_REQUEST")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_another_method_is_refused(http: httpx2.AsyncClient, method: str) -> None:
    answer = await http.request(method, "/graphql")
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (405, "BAD_REQUEST")


async def test_a_browser_gets_the_explorer(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/graphql", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "graphiql" in answer.text.lower()


async def test_a_query_can_be_asked_by_get(alice: User, queue: Any) -> None:
    headers = {"Authorization": f"Bearer {alice.token}", "Accept": "application/json"}
    asked = {"query": "query ($id: ID!) { queue(id: $id) { id } }", "variables": json.dumps({"id": queue["id"]})}
    answer = await alice.http.get("/graphql", params=asked, headers=headers)
    assert answer.json()["data"] == {"queue": {"id": queue["id"]}}


@pytest.mark.parametrize("variables", ["[]", "1", "{", '"a"', "[" * 20_000])
async def test_variables_that_are_no_object_are_a_bad_request_by_get_too(
    http: httpx2.AsyncClient, variables: str
) -> None:
    answer = await http.get("/graphql", params={"query": "{ __typename }", "variables": variables})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")


async def test_a_mutation_by_get_is_refused_and_does_nothing(alice: User, queue: Any) -> None:
    headers = {"Authorization": f"Bearer {alice.token}", "Accept": "application/json"}
    asked = {"query": f'mutation {{ deleteQueue(input: {{id: "{queue["id"]}"}}) {{ deletedId }} }}'}
    answer = await alice.http.get("/graphql", params=asked, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (405, "BAD_REQUEST")
    assert answer.headers["allow"] == "POST"
    assert await alice.queue(queue["id"]) == queue
