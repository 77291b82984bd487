"""Thirty mutations in one document: who is refused hides no other's answer, and with keys it may be sent again."""

from datetime import timedelta
from typing import Any

import pytest
from support.api import User
from support.clock import FakeClock
from support.keys import counts

from perennial.core.instants import instant

OPERATIONS = ["createPost", "clonePost", "createQueue"]
TYPES = {name: f"{name[0].upper()}{name[1:]}Input!" for name in OPERATIONS}
THING = {"createPost": "post", "clonePost": "post", "createQueue": "queue"}
# By the number of the mutation: what makes it one that is refused, the code and the field.
REFUSED: dict[int, tuple[dict[str, Any], str, str | None]] = {
    3: ({"publications": [{"platform": "X", "content": "x" * 281}]}, "BAD_USER_INPUT", "publications.0.content"),
    13: ({"id": "first"}, "NOT_FOUND", None),
    29: ({"interval": 0}, "BAD_USER_INPUT", "interval"),
}


@pytest.fixture
async def inputs(alice: User, clock: FakeClock) -> list[tuple[str, dict[str, Any]]]:
    """Thirty mutations with their inputs: ten new posts, ten copies, ten queues."""
    post = await alice.create_post(x="Hello", linkedin="Hello there")
    time = instant(clock.now + timedelta(hours=1))
    given: dict[str, dict[str, Any]] = {
        "createPost": {"publications": [{"platform": "X", "content": "Hello"}]},
        "clonePost": {"id": post["id"]},
        "createQueue": {"originalPostId": post["id"], "interval": 7, "nextScheduledTime": time},
    }
    names = [name for name in OPERATIONS for _ in range(10)]
    return [
        (name, {**given[name], **REFUSED.get(number, [{}])[0], "idempotencyKey": f"key-{number}"})
        for number, name in enumerate(names)
    ]


def by_variables(inputs: list[tuple[str, dict[str, Any]]]) -> tuple[str, dict[str, Any]]:
    """The document, with each input in a variable of its own."""
    declared = ", ".join(f"$i{number}: {TYPES[name]}" for number, (name, _) in enumerate(inputs))
    fields = " ".join(
        f"m{number}: {name}(input: $i{number}) {{ {THING[name]} {{ id }} warnings {{ code message field }} }}"
        for number, (name, _) in enumerate(inputs)
    )
    return f"mutation Many({declared}) {{ {fields} }}", {f"i{number}": one for number, (_, one) in enumerate(inputs)}


def by_literals(inputs: list[tuple[str, dict[str, Any]]]) -> tuple[str, dict[str, Any]]:
    """The document, with all inputs written into it."""
    fields = " ".join(
        f"m{number}: {name}(input: {literal(one)}) {{ {THING[name]} {{ id }} }}"
        for number, (name, one) in enumerate(inputs)
    )
    return f"mutation Many {{ {fields} }}", {}


def literal(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {literal(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    return value if value in {"X", "LINKEDIN"} else str(value) if isinstance(value, int) else f'"{value}"'


@pytest.mark.parametrize("written", [by_variables, by_literals], ids=["variables", "literals"])
async def test_of_thirty_three_are_refused_and_the_others_tell_their_ids_also_when_they_are_sent_again(
    alice: User, inputs: list[tuple[str, dict[str, Any]]], written: Any
) -> None:
    document, variables = written(inputs)
    before = await counts()
    first = await alice.execute(document, **variables)
    assert {
        (error["path"][0], error["extensions"]["code"], error["extensions"].get("field")) for error in first["errors"]
    } == {(f"m{number}", code, field) for number, (_, code, field) in REFUSED.items()}
    assert [name for name, payload in first["data"].items() if payload is None] == [f"m{number}" for number in REFUSED]
    answered = zip(inputs, first["data"].values(), strict=True)
    assert len({payload[THING[name]]["id"] for (name, _), payload in answered if payload}) == 27
    made = await counts()
    assert [after - earlier for after, earlier in zip(made, before, strict=True)] == [18, 9, 0, 27]
    second = await alice.execute(document, **variables)
    assert second["data"] == first["data"]
    assert len(second["errors"]) == 3
    assert await counts() == made
