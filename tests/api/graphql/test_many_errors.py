"""An answer has ten errors of a document, and of a field; but every field that failed has one."""

from typing import Any

import pytest
import strawberry
from support.api import User

from perennial.api.graphql.extensions.error_codes import ErrorCodes
from perennial.core.errors import Conflict

pytestmark = pytest.mark.one_dialect


async def test_a_document_has_ten_errors_at_most(alice: User) -> None:
    fields = " ".join(f"n{number}" for number in range(50))
    answer = await alice.execute(f"{{ {fields} }}")
    assert len(answer["errors"]) == 10


async def test_so_has_one_whose_variables_are_wrong(alice: User) -> None:
    given = ", ".join(f"$a{number}: Int!" for number in range(20))
    used = " ".join(f"a{number}: queues(first: $a{number}) {{ nodes {{ id }} }}" for number in range(20))
    answer = await alice.execute(f"query ({given}) {{ {used} }}")
    assert len(answer["errors"]) == 10


async def test_every_field_that_failed_says_so(nobody: User) -> None:
    queues = " ".join(f'a{number}: queue(id: "{number}") {{ id }}' for number in range(30))
    answer = await nobody.execute(f"{{ {queues} }}")
    assert answer["data"] == {f"a{number}": None for number in range(30)}
    assert [error["path"] for error in answer["errors"]] == [[f"a{number}"] for number in range(30)]


@strawberry.type
class Entry:
    number: int

    @strawberry.field
    async def wrong(self) -> str | None:
        raise Conflict("This is wrong.")

    @strawberry.field
    async def seldom_wrong(self) -> str | None:
        if self.number == 99:
            raise Conflict("This is wrong.")
        return "right"


@strawberry.type
class Query:
    @strawberry.field
    def entries(self) -> list[Entry]:
        return [Entry(number=number) for number in range(100)]


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def change(self, number: int) -> int | None:
        """Refuses every other number."""
        if number % 2:
            raise Conflict(f"{number} is odd.")
        return number


SCHEMA = strawberry.Schema(Query, Mutation, extensions=[ErrorCodes])


async def errors_of(document: str) -> Any:
    return [error.formatted for error in (await SCHEMA.execute(document)).errors or []]


async def test_each_refused_mutation_of_a_document_has_its_error() -> None:
    changes = " ".join(f"c{number}: change(number: {number})" for number in range(30))
    errors = await errors_of(f"mutation {{ {changes} }}")
    assert [error["path"] for error in errors] == [[f"c{number}"] for number in range(1, 30, 2)]
    assert {error["extensions"]["code"] for error in errors} == {"CONFLICT"}


async def test_a_field_of_a_lists_entries_has_ten_and_hides_no_other() -> None:
    errors = await errors_of("{ entries { wrong seldomWrong } a: entries { number wrong } }")
    fields = [tuple(step for step in error["path"] if isinstance(step, str)) for error in errors]
    assert {field: fields.count(field) for field in fields} == {
        ("entries", "wrong"): 10,
        ("entries", "seldomWrong"): 1,
        ("a", "wrong"): 10,
    }
