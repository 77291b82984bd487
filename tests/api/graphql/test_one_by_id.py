"""post(id) and queue(id): the caller's own, and null for everything else."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from support.api import POST_QUERY, QUEUE_QUERY, User

NO_IDS = ["", "first", "1", str(uuid4())[:-1], "\x00", "\ud800", "' OR 1=1 --", "0" * 5_000]


@pytest.mark.parametrize("query", [POST_QUERY, QUEUE_QUERY], ids=["post", "queue"])
async def test_an_id_that_never_was_or_cannot_be_is_null(alice: User, query: str) -> None:
    for some_id in [str(uuid4()), str(UUID(int=0)), *NO_IDS]:
        assert await alice.do(query, id=some_id) is None, some_id


@pytest.mark.parametrize("query", [POST_QUERY, QUEUE_QUERY], ids=["post", "queue"])
async def test_what_is_no_id_at_all_is_refused(alice: User, query: str) -> None:
    for some_id in (None, 1.5, True, ["a"], {"a": 1}):
        refusal = await alice.refused(query, id=some_id)
        assert (refusal.code, refusal.field) == ("BAD_USER_INPUT", "id"), some_id


async def test_an_id_of_the_other_kind_is_null(alice: User, queue: Any) -> None:
    assert await alice.post(queue["id"]) is None
    assert await alice.queue(queue["originalPostId"]) is None


async def test_another_users_are_null(alice: User, mallory: User, queue: Any) -> None:
    assert await mallory.queue(queue["id"]) is None
    assert await mallory.post(queue["originalPostId"]) is None
    assert await alice.queue(queue["id"]) == queue


async def test_a_number_of_any_length_can_be_an_id(alice: User) -> None:
    document = "query ($id: ID! = {}) {{ post(id: $id) {{ id }} }}"
    assert await alice.do(document.format("9" * 5_000)) is None
