"""A text that was sent before is not parsed again. Nobody can tell, but by the time it takes."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock, patch

import pytest
from strawberry.schema.schema import validate_document
from support.api import QUEUES_QUERY, User

from perennial.api.graphql.extensions.known_documents import KNOWN_MAX, LENGTH_MAX, STRAWBERRYS_RULES, KnownDocuments

pytestmark = pytest.mark.one_dialect

NAMED = 'query A { queues { nodes { id } } } query B { post(id: "a") { id } }'
FILLED = "{ __typename } #" + "x" * LENGTH_MAX


@pytest.fixture(autouse=True)
def known() -> Iterator[dict[str, Any]]:
    """The documents that are known: none as yet."""
    KnownDocuments.known.clear()
    yield KnownDocuments.known
    KnownDocuments.known.clear()


async def test_a_known_text_answers_other_variables_and_other_callers(alice: User, bob: User, queue: Any) -> None:
    for _ in range(2):
        assert [node["id"] for node in (await alice.do(QUEUES_QUERY))["nodes"]] == [queue["id"]]
        assert (await alice.do(QUEUES_QUERY, status="PAUSED"))["nodes"] == []
        assert (await bob.do(QUEUES_QUERY))["nodes"] == []
        assert (await alice.refused(QUEUES_QUERY, first=0)).field == "first"
        assert (await alice.refused(QUEUES_QUERY, status="SLEEPING")).field == "status"


async def test_a_known_text_is_parsed_once(alice: User) -> None:
    await alice.do("{ accounts { id } }")
    with (
        patch("strawberry.schema.schema.parse", side_effect=AssertionError),
        patch("perennial.api.graphql.extensions.known_documents.validate", side_effect=AssertionError),
    ):
        assert await alice.do("{ accounts { id } }") == []


async def test_of_a_known_text_the_operation_that_is_named_is_done(alice: User) -> None:
    async def named(name: str | None) -> Any:
        body = {"query": NAMED, "operationName": name}
        answer = await alice.http.post("/graphql", json=body, headers={"Authorization": f"Bearer {alice.token}"})
        return answer.json().get("data") if answer.status_code == 200 else answer.status_code

    first = [await named(name) for name in ("A", "B", "C", None)]
    assert first[:2] == [{"queues": {"nodes": []}}, {"post": None}]
    assert [await named(name) for name in ("A", "B", "C", None)] == first


@pytest.mark.parametrize("text", ["{", "{ nothing }", "{ queues { nodes } }", "{ ...A } fragment A on Query { ...A }"])
async def test_what_is_wrong_stays_wrong_and_is_not_kept(alice: User, known: dict[str, Any], text: str) -> None:
    first = await alice.refused(text)
    assert await alice.refused(text) == first
    assert not known


async def test_only_so_many_are_kept_and_those_that_are_used(alice: User, known: dict[str, Any]) -> None:
    used = "{ used: __typename }"
    for number in range(KNOWN_MAX):
        await alice.do(f"{{ n{number}: __typename }}")
        await alice.do(used)
    assert len(known) == KNOWN_MAX
    assert used in known
    assert "{ n0: __typename }" not in known


async def test_a_text_that_is_too_long_is_not_kept(alice: User, known: dict[str, Any]) -> None:
    assert await alice.do(FILLED) == await alice.do(FILLED) == "Query"
    assert not known


def test_a_document_is_validated_by_all_rules_that_strawberry_would_add() -> None:
    with patch("strawberry.schema.schema.validate") as validated:
        validate_document(Mock(), Mock(), ())
    assert validated.call_args.args[2] == STRAWBERRYS_RULES
