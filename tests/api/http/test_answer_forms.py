"""GraphQL over HTTP: which form an answer has, and what that makes of its status and its headers."""

from typing import Any

import httpx2
import pytest
from support.api import User
from support.http import client_in
from support.publishing import another_process

from perennial.api.app import create_app
from perennial.process import Process

pytestmark = pytest.mark.one_dialect

JSON, RESPONSE = "application/json", "application/graphql-response+json"


async def post(http: httpx2.AsyncClient, body: dict[str, Any], accept: str, token: str | None = None) -> Any:
    headers = {"Accept": accept} | ({"Authorization": f"Bearer {token}"} if token else {})
    return await http.post("/graphql", json=body, headers=headers)


@pytest.mark.parametrize("accept", [JSON, RESPONSE])
async def test_an_answer_has_the_form_that_was_asked_for(http: httpx2.AsyncClient, accept: str) -> None:
    answer = await post(http, {"query": "{ __typename }"}, accept)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{accept}; charset=utf-8"
    assert answer.json()["data"] == {"__typename": "Query"}


async def test_a_form_of_nobodys_is_not_acceptable(http: httpx2.AsyncClient) -> None:
    answer = await post(http, {"query": "{ __typename }"}, "application/xml")
    assert answer.status_code == 406
    assert RESPONSE in answer.json()["errors"][0]["message"]


REFUSED = {
    "a document that cannot be parsed": {"query": "{"},
    "one that is not valid": {"query": "{ nothing }"},
    "variables that do not fit": {"query": "query ($id: ID!) { post(id: $id) { id } }"},
    "an operation that is not there": {"query": "query A { __typename }", "operationName": "B"},
    "no operation": {"query": "fragment A on Query { __typename }"},
    "the schema, without a token": {"query": "{ __schema { queryType { name } } }"},
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_not_executed_has_no_data_and_its_form_says_the_status(
    http: httpx2.AsyncClient, alice: User, name: str
) -> None:
    """RESPONSE: 400, or 401 without a token. JSON: 200, as clients of old expect of what was well-formed."""
    token = None if "token" in name else alice.token
    as_response, as_json = [await post(http, REFUSED[name], accept, token) for accept in (RESPONSE, JSON)]
    assert as_response.status_code == (401 if "token" in name else 400)
    assert as_json.status_code == 200
    assert as_response.json()["errors"] == as_json.json()["errors"]
    assert as_json.json().keys() == {"errors", "extensions"}
    assert as_response.headers.get("www-authenticate") == ("Bearer" if "token" in name else None)


async def test_what_was_executed_is_a_200_whatever_came_of_it(http: httpx2.AsyncClient) -> None:
    answer = await post(http, {"query": "{ accounts { id } }"}, RESPONSE)
    assert (answer.status_code, answer.json()["data"]) == (200, None)
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "application/json; charset=utf-8"}, 200),
        ({"Content-Type": 'Application/JSON;charset="UTF-8"'}, 200),
        ({"Content-Type": "application/json; charset=utf-16"}, 415),
        ({"Content-Type": "application/graphql"}, 415),
        ({"Content-Type": "application/jsonp"}, 415),
        ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, 415),
        ({"Content-Type": "application/json", "Content-Encoding": "identity"}, 200),
    ],
)
async def test_a_body_is_plain_json_in_utf_8(http: httpx2.AsyncClient, headers: dict[str, str], status: int) -> None:
    answer = await http.post("/graphql", content=b'{"query": "{ __typename }"}', headers=headers)
    assert answer.status_code == status


@pytest.mark.parametrize(
    "body", [b'{"query": "\xff"}', '{"query": "{ __typename }"}'.encode("utf-16"), b"\xef\xbb\xbf{}"]
)
async def test_bytes_that_are_no_utf_8_are_told_so(http: httpx2.AsyncClient, body: bytes) -> None:
    answer = await http.post("/graphql", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("name", ["variables", "extensions", "operationName"])
async def test_what_is_null_is_as_if_it_were_left_out(http: httpx2.AsyncClient, name: str) -> None:
    assert (await post(http, {"query": "{ __typename }", name: None}, RESPONSE)).status_code == 200


async def test_a_get_without_a_query_is_told_so_unless_a_browser_asks(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/graphql", headers={"Accept": "*/*"})).status_code == 400
    assert (await http.get("/graphql", headers={"Accept": "text/html"})).status_code == 200


async def test_a_subscription_wants_a_stream(alice: User) -> None:
    for accept in (JSON, RESPONSE):
        answer = await post(alice.http, {"query": "subscription { publicationUpdated { id } }"}, accept, alice.token)
        assert (answer.status_code, "event-stream" in answer.json()["errors"][0]["message"]) == (406, True)


async def test_an_answer_is_safe_and_nobody_keeps_it(alice: User) -> None:
    answer = await post(alice.http, {"query": "{ accounts { id } }"}, JSON, alice.token)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "authorization" in answer.headers["vary"].lower()


async def test_pages_of_other_origins_may_ask_where_they_are_named_and_not_else(process: Process) -> None:
    asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    for origins, allowed in ((("https://app.example",), "https://app.example"), ((), None)):
        async with (
            another_process(process, cors_origins=origins) as other,
            client_in(create_app(other)) as http,
        ):
            preflight = await http.request("OPTIONS", "/graphql", headers=asked)
            assert preflight.headers.get("access-control-allow-origin") == allowed
            assert "access-control-allow-credentials" not in preflight.headers


TRACED = "authorization,baggage,content-type,sentry-trace,traceparent,x-of-a-library"


async def test_a_page_that_may_ask_may_add_what_headers_its_libraries_want(process: Process) -> None:
    """Browsers do not count Authorization among "*", so each name is answered as it was asked for."""
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": TRACED}
    for origins, origin, status in (
        (("https://app.example",), "https://app.example", 200),
        (("*",), "https://app.example", 200),
        (("https://app.example",), "https://mallory.example", 400),
    ):
        async with another_process(process, cors_origins=origins) as other, client_in(create_app(other)) as http:
            preflight = await http.request("OPTIONS", "/graphql", headers={**asked, "Origin": origin})
            assert preflight.status_code == status
            assert ("access-control-allow-origin" in preflight.headers) == (status == 200)
            allowed = {one.strip() for one in preflight.headers["access-control-allow-headers"].split(",")}
            assert allowed == set(TRACED.split(","))
