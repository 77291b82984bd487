"""What an idempotency key is for: the input, in whichever way and by whichever version it is read."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from strawberry import UNSET
from support.clock import FakeClock

from perennial.api.graphql._arguments import key_of

INFO: Any = SimpleNamespace(context=SimpleNamespace(owner="alice"), field_name="createThing")


@dataclass
class Old:
    texts: list[str]


@dataclass
class Newer(Old):
    colour: str | None = UNSET


async def test_a_field_that_a_newer_version_adds_makes_no_other_input_of_an_old_one(clock: FakeClock) -> None:
    old = key_of(INFO, "one", Old(["a", "b"]), clock.now)
    assert key_of(INFO, "one", Newer(["a", "b"]), clock.now) == old
    assert key_of(INFO, "one", Newer(["a", "b"], None), clock.now) == old
    assert key_of(INFO, "one", Newer(["a", "b"], "red"), clock.now) != old


async def test_without_a_key_there_is_nothing_to_keep(clock: FakeClock) -> None:
    assert [key_of(INFO, text, Old([]), clock.now) for text in (UNSET, None)] == [None, None]
