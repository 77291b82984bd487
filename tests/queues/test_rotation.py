"""The posts of a queue take turns, the least recently used first, whatever becomes of the list meanwhile."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from support.api import DELETE_POST, RESUME_QUEUE, RUN_QUEUE_NOW, UPDATE_QUEUE, User
from support.clock import FakeClock
from support.statements import Statements
from support.ticks import HOUR, Rotation, Tick, due_queues, ledger

from perennial.db import sql
from perennial.db.models import QueuePost, RecurringQueue


@pytest.fixture(autouse=True)
async def _connected(alice: User) -> None:
    await alice.connect("X")


async def test_five_posts_take_turns_over_twelve_occurrences(alice: User, clock: FakeClock, tick: Tick) -> None:
    rotation = await Rotation.start(alice, clock, tick, "ABCDE")
    for expected in "ABCDEABCDEAB":
        assert await rotation.next() == expected
        await rotation.run()
    assert await rotation.ran() == "ABCDEABCDEAB"
    assert await rotation.list() == "ABCDE"


async def test_a_hundred_posts_take_turns_and_a_list_of_one_is_as_ever(
    alice: User, clock: FakeClock, tick: Tick
) -> None:
    names = "".join(chr(0x4E00 + number) for number in range(100))
    rotation = await Rotation.start(alice, clock, tick, names)
    assert await rotation.list() == names
    await rotation.run(3)
    assert await rotation.ran() == names[:3]
    single = await Rotation.start(alice, clock, tick, "Z")
    assert not await QueuePost.filter(queue_id=single.queue["id"]).exists()
    await single.run(2)
    assert (await single.ran(), await single.list(), await single.next()) == ("ZZ", "Z", "Z")


EDITS = {
    "a new one comes before all that were used": ("ABC", 2, "ABCD", "CDABCD"),
    "a new one waits for those before it in the list": ("ABC", 1, "ABCD", "BCDABC"),
    "unused ones run in the order of the new list": ("ABCD", 2, "DCBA", "DCABDC"),
    "one that goes is not missed": ("ABC", 1, "AC", "CACACA"),
    "the next one goes": ("ABC", 1, "CA", "CACACA"),
    "the last used one goes": ("ABC", 2, "BC", "CBCBCB"),
    "all are new": ("AB", 1, "CD", "CDCDCD"),
    "one stays alone": ("ABC", 1, "C", "CCCCCC"),
    "a single one gets company, and has had its turn": ("A", 1, "AB", "BABABA"),
    "a single one that never ran gets company": ("A", 0, "BA", "BABABA"),
    "a single one is replaced": ("A", 1, "B", "BBBBBB"),
}


@pytest.mark.parametrize(("before", "runs", "after", "then"), EDITS.values(), ids=EDITS)
async def test_a_list_that_is_edited_in_mid_round_does_not_begin_it_anew(
    alice: User, clock: FakeClock, tick: Tick, before: str, runs: int, after: str, then: str
) -> None:
    rotation = await Rotation.start(alice, clock, tick, before)
    await rotation.run(runs)
    await rotation.edit(after)
    assert (await rotation.list(), await rotation.next()) == (after, then[0])
    await rotation.run(6)
    assert (await rotation.ran())[runs:] == then


@pytest.mark.parametrize(
    ("before", "runs", "edits", "then"),
    [("AB", 1, ("B", "AB"), "ABAB"), ("ABC", 2, ("CA", "BCA"), "BCAB"), ("A", 1, ("B", "AB"), "ABAB")],
)
async def test_a_post_that_comes_back_counts_as_new_also_if_it_ran_last(
    alice: User, clock: FakeClock, tick: Tick, before: str, runs: int, edits: tuple[str, ...], then: str
) -> None:
    rotation = await Rotation.start(alice, clock, tick, before)
    await rotation.run(runs)
    for names in edits:
        await rotation.edit(names)
    assert await rotation.next() == then[0]
    await rotation.run(4)
    assert (await rotation.ran())[runs:] == then


async def test_a_single_post_that_was_replaced_before_it_ran_has_not_had_its_turn(
    alice: User, clock: FakeClock, tick: Tick
) -> None:
    rotation = await Rotation.start(alice, clock, tick, "A")
    await rotation.run()
    await rotation.edit("B")
    await rotation.edit("CB")
    await rotation.run(3)
    assert await rotation.ran() == "ACBC"


@pytest.mark.parametrize(("after", "then"), [("AB", "BABA"), ("BA", "BABA"), ("B", "BBBB")])
async def test_a_single_post_that_ran_by_hand_alone_has_had_its_turn(
    alice: User, clock: FakeClock, tick: Tick, after: str, then: str
) -> None:
    rotation = await Rotation.start(alice, clock, tick, "A")
    await alice.execute(RUN_QUEUE_NOW, id=rotation.queue["id"], idempotencyKey="once")
    await rotation.edit(after)
    await rotation.run(4)
    assert await rotation.ran() == f"A{then}"


async def test_a_single_post_that_was_replaced_after_another_ran_by_hand_has_not_had_its_turn(
    alice: User, clock: FakeClock, tick: Tick
) -> None:
    rotation = await Rotation.start(alice, clock, tick, "A")
    await alice.execute(RUN_QUEUE_NOW, id=rotation.queue["id"], idempotencyKey="once")
    await rotation.edit("B")
    await rotation.edit("CB")
    await rotation.run(3)
    assert await rotation.ran() == "ACBC"


DELETIONS = {"used": ("A", "CBCB"), "the last used": ("B", "CACA"), "unused": ("D", "CABC"), "next": ("C", "ABAB")}


@pytest.mark.parametrize(("gone", "then"), DELETIONS.values(), ids=DELETIONS)
async def test_a_post_that_is_deleted_in_mid_round_leaves_the_others_their_turns(
    alice: User, clock: FakeClock, tick: Tick, gone: str, then: str
) -> None:
    rotation = await Rotation.start(alice, clock, tick, "ABCD" if gone == "D" else "ABC")
    await rotation.run(2)
    await alice.do(DELETE_POST, id=rotation.ids[gone])
    assert await rotation.next() == then[0]
    assert gone not in await rotation.list()
    await rotation.run(4)
    assert (await rotation.ran())[2:] == then
    assert (await alice.queue(rotation.queue["id"]))["status"] == "ACTIVE"


async def test_a_queue_whose_last_post_is_deleted_completes_and_can_be_given_others(
    alice: User, clock: FakeClock, tick: Tick
) -> None:
    rotation = await Rotation.start(alice, clock, tick, "AB")
    for name in "AB":
        await alice.do(DELETE_POST, id=rotation.ids[name])
    assert (await rotation.list(), await rotation.next()) == ("", None)
    await rotation.run()
    queue = await alice.queue(rotation.queue["id"])
    assert (queue["status"], queue["statusReason"]) == ("COMPLETED", "ORIGINAL_POST_DELETED")
    assert (await alice.refused(RESUME_QUEUE, id=queue["id"])).code == "CONFLICT"
    await rotation.edit("CD")
    await alice.do(RESUME_QUEUE, id=queue["id"])
    await rotation.run(3)
    assert await rotation.ran() == "CDC"


async def test_an_occurrence_that_cannot_run_uses_up_no_turn(alice: User, clock: FakeClock, tick: Tick) -> None:
    """The first post is for a platform on which there is no account, and so it stays the next."""
    rotation = await Rotation.start(alice, clock, tick, "AB")
    elsewhere = await alice.create_post(linkedin="L")
    rotation.ids["L"] = elsewhere["id"]
    await rotation.edit("LAB")
    await rotation.run(2)
    assert await ledger(alice, rotation.queue) == [("SKIPPED", "ACCOUNT_MISSING")] * 2
    assert (await rotation.ran(), await rotation.next()) == ("", "L")
    await alice.connect("LINKEDIN")
    await rotation.run(3)
    assert await rotation.ran() == "LAB"


@pytest.mark.parametrize("by_hand_first", [True, False])
async def test_a_run_whose_time_lies_before_the_last_use_comes_after_it_in_the_turns(
    alice: User, clock: FakeClock, tick: Tick, by_hand_first: bool
) -> None:
    """As a tick's does that reads its time, and then waits while the queue runs by hand; or the other way round."""
    rotation = await Rotation.start(alice, clock, tick, "ABC")

    async def run_by_hand() -> None:
        await alice.execute(RUN_QUEUE_NOW, id=rotation.queue["id"], idempotencyKey="once")

    clock.advance(days=1)
    for work in (run_by_hand, tick) if by_hand_first else (tick, run_by_hand):
        await work()
        clock.now -= timedelta(seconds=1)
    assert await rotation.next() == "C"
    await rotation.run(2)
    assert await rotation.ran() == "ABCA"


async def test_occurrences_that_were_missed_use_up_one_turn_together(alice: User, clock: FakeClock, tick: Tick) -> None:
    rotation = await Rotation.start(alice, clock, tick, "ABC")
    clock.advance(days=5)
    await tick()
    await rotation.run()
    assert await rotation.ran() == "AB"


async def test_a_post_has_its_turns_in_two_queues(alice: User, clock: FakeClock, tick: Tick) -> None:
    one = await Rotation.start(alice, clock, tick, "ABC")
    other = await Rotation.start(alice, clock, tick, "D")
    other.ids |= one.ids
    await other.edit("CAD")
    await one.run(4)
    assert (await one.ran(), await other.ran()) == ("ABCA", "CADC")
    await alice.do(DELETE_POST, id=one.ids["A"])
    assert (await one.list(), await other.list()) == ("BC", "CD")
    assert (await one.next(), await other.next()) == ("B", "D")
    await alice.do(UPDATE_QUEUE, id=one.queue["id"], input={"originalPostId": one.ids["C"]})
    assert (await one.list(), await other.list()) == ("C", "CD")


async def test_what_a_version_without_rotations_has_run_counts_as_a_turn(
    alice: User, clock: FakeClock, tick: Tick
) -> None:
    """It runs `original_post_id`, over and over, and knows nothing of the rows."""
    rotation = await Rotation.start(alice, clock, tick, "ABC")
    await rotation.run()
    row = await QueuePost.get(post_id=UUID(rotation.ids["B"]))
    await rotation.run()
    await QueuePost.filter(id=row.id).update(last_used_time=row.last_used_time)
    await RecurringQueue.filter(id=rotation.queue["id"]).update(original_post_id=row.post_id)
    assert await rotation.next() == "B"
    await rotation.run(3)
    assert await rotation.ran() == "ABCAB"


async def test_a_queue_that_names_no_post_goes_on_with_those_that_it_has(
    alice: User, clock: FakeClock, tick: Tick
) -> None:
    """As where a version without rotations has deleted the post whose turn it was."""
    rotation = await Rotation.start(alice, clock, tick, "AB")
    await RecurringQueue.filter(id=rotation.queue["id"]).update(original_post_id=None)
    await rotation.run(2)
    assert (await rotation.ran(), await rotation.next()) == ("AB", "A")


async def test_turns_cost_a_batch_three_statements_however_many_queues_it_has(
    alice: User, clock: FakeClock, tick: Tick, caplog: pytest.LogCaptureFixture
) -> None:
    statements, costs = Statements(caplog), list[int]()
    await due_queues(alice, 3, clock.now + HOUR)
    clock.advance(hours=1)
    await tick()
    for number, names in enumerate(("", "AB", "ABC")):
        await due_queues(alice, 3, clock.now + HOUR)
        for _ in range(2 * number):
            rotation = await Rotation.start(alice, clock, tick, names)
            clock.now -= timedelta(minutes=30)
            assert rotation.queue
        clock.advance(hours=1)
        costs.append(await statements.during(tick()))
    assert costs[1] - costs[0] == costs[2] - costs[0] == 2


async def test_what_an_owner_does_with_a_rotation_names_the_owner_in_each_statement(
    alice: User, clock: FakeClock, tick: Tick, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for rows that are written by the ids that were read of the owner's."""
    asked, fetch = list[str](), sql.fetch

    async def noted(statement: str, values: Any) -> Any:
        asked.append(statement)
        return await fetch(statement, values)

    rotation = await Rotation.start(alice, clock, tick, "ABC")
    monkeypatch.setattr(sql, "fetch", noted)
    await alice.execute(RUN_QUEUE_NOW, id=rotation.queue["id"], idempotencyKey="once")
    await RecurringQueue.filter(id=rotation.queue["id"]).update(last_executed_time=clock.now + HOUR)
    await rotation.edit("CAB")
    asked = [statement for statement in asked if not re.search("WHERE (accounts|[a-z_]+).id = given.id", statement)]
    about = [one for one in asked if re.search("(FROM|UPDATE) (queue_posts|posts)|JOIN posts", one)]
    assert len(about) >= 6
    assert [one for one in about if "clerk_user_id" not in one.partition("WHERE")[2]] == []
