"""An internal error: nothing of it reaches the caller but an id, and under that id all of it is in the log."""

from typing import Any

import pytest
import structlog
from support.api import User
from tortoise.exceptions import OperationalError

from perennial.api.graphql.extensions import charging
from perennial.api.graphql.posts import listing
from perennial.api.graphql.queues import queries

pytestmark = pytest.mark.one_dialect

SECRET = "password=hunter2"


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug below the listing of posts."""

    async def fail(*_: object, **__: object) -> Any:
        raise OperationalError(SECRET)

    monkeypatch.setattr(listing, "list_posts", fail)
    monkeypatch.setattr(queries, "get_queue", fail)


@pytest.mark.parametrize(
    "query", ["{ posts { nodes { id } } }", '{ queue(id: "01a20af0-55ab-7309-865e-02094c0475c9") { id } }']
)
async def test_the_caller_gets_an_id_and_the_log_gets_all(alice: User, broken: None, query: str) -> None:
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as log:
        answer = await alice.execute(query)
    (error,) = answer["errors"]
    assert error["extensions"].keys() == {"code", "requestId"}
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert SECRET not in str(answer)
    assert "OperationalError" not in str(answer)
    (line,) = [line for line in log if line["log_level"] == "error"]
    assert (line["event"], line["request"]) == ("graphql.failed", error["extensions"]["requestId"])
    assert isinstance(line["exc_info"], OperationalError)
    assert SECRET in str(line["exc_info"])
    assert line["exc_info"].__traceback__ is not None


async def test_the_id_is_the_one_in_the_answers_header(alice: User, broken: None) -> None:
    headers = {"Authorization": f"Bearer {alice.token}", "X-Request-Id": "proxy-7"}
    answer = await alice.http.post("/graphql", json={"query": "{ posts { nodes { id } } }"}, headers=headers)
    assert answer.json()["errors"][0]["extensions"]["requestId"] == answer.headers["x-request-id"] == "proxy-7"


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
async def test_a_bug_outside_of_the_resolvers_is_masked_as_well(
    alice: User, monkeypatch: pytest.MonkeyPatch, accept: str
) -> None:
    def fail(*_: object) -> int:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(charging, "cost", fail)
    headers = {"Authorization": f"Bearer {alice.token}", "Accept": accept}
    answer = await alice.http.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
    assert "INTERNAL_SERVER_ERROR" in answer.text
    assert SECRET not in answer.text


async def test_one_broken_field_leaves_the_others_their_answers(alice: User, broken: None) -> None:
    answer = await alice.execute('{ post(id: "a") { id } queue(id: "01a20af0-55ab-7309-865e-02094c0475c9") { id } }')
    assert answer["data"] == {"post": None, "queue": None}
    assert [error["path"] for error in answer["errors"]] == [["queue"]]


async def test_what_the_caller_did_wrong_is_not_logged_as_an_error(alice: User, nobody: User) -> None:
    with structlog.testing.capture_logs() as log:
        await alice.refused("{ posts(first: 0) { nodes { id } } }")
        await alice.refused('mutation { pauseQueue(input: {id: "a"}) { queue { id } } }')
        await alice.refused("{ nothing }")
        await nobody.refused("{ accounts { id } }")
    assert [line for line in log if line["log_level"] in {"error", "critical"}] == []
