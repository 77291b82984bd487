"""What an idempotency key is for: the input, in whichever way and by whichever version it is read."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
import strawberry
from strawberry import ID, UNSET
from support.clock import FakeClock

from perennial.api.graphql._arguments import ADDED_WITH_DEFAULT, key_of

INFO: Any = SimpleNamespace(context=SimpleNamespace(owner="alice"), field_name="createThing")


@strawberry.input
class Old:
    texts: list[str]


@strawberry.input
class Newer(Old):
    colour: str | None = UNSET
    size: str = strawberry.field(default="small", metadata=ADDED_WITH_DEFAULT)


@strawberry.input
class Named:
    id: ID
    others: list[ID] | None = UNSET
    text: str = ""


async def test_a_field_that_a_newer_version_adds_makes_no_other_input_of_an_old_one(clock: FakeClock) -> None:
    old = key_of(INFO, "one", Old(texts=["a", "b"]), clock.now)
    assert key_of(INFO, "one", Newer(texts=["a", "b"]), clock.now) == old
    assert key_of(INFO, "one", Newer(texts=["a", "b"], colour=None), clock.now) == old
    assert key_of(INFO, "one", Newer(texts=["a", "b"], size="small"), clock.now) == old
    assert key_of(INFO, "one", Newer(texts=["a", "b"], colour="red"), clock.now) != old
    assert key_of(INFO, "one", Newer(texts=["a", "b"], size="large"), clock.now) != old


async def test_without_a_key_there_is_nothing_to_keep(clock: FakeClock) -> None:
    assert [key_of(INFO, text, Old(texts=[]), clock.now) for text in (UNSET, None)] == [None, None]


ONE = "0198c1f0-7a3b-7c4d-8e5f-abcdef012345"
FORMS = [ONE.upper(), ONE.replace("-", ""), f"{{{ONE}}}", f"urn:uuid:{ONE}"]


@pytest.mark.parametrize("form", FORMS)
async def test_an_id_is_one_in_all_its_forms(clock: FakeClock, form: str) -> None:
    assert UUID(form) == UUID(ONE), "the API takes it"
    named = Named(id=ID(ONE), others=[ID(ONE), ID("none")], text=ONE)
    kept = key_of(INFO, "one", named, clock.now)
    same = replace(named, id=ID(form), others=[ID(form), ID("none")])
    assert key_of(INFO, "one", same, clock.now) == kept
    for other in (replace(named, text=form), replace(named, id=ID("None")), replace(named, others=[ID(form)])):
        assert key_of(INFO, "one", other, clock.now) != kept
