"""Both functions work on sets: what they ask the database does not grow with what is due."""

from collections.abc import Callable

import pytest
from support.api import User
from support.clock import FakeClock
from support.publishing import due_post
from support.statements import Statements
from support.ticks import HOUR, due_queue

from perennial.process import Process


@pytest.fixture
def statements(caplog: pytest.LogCaptureFixture) -> Statements:
    return Statements(caplog)


async def test_a_tick_of_twenty_queues_costs_as_many_statements_as_one_of_two(
    alice: User, bob: User, clock: FakeClock, process: Process, statements: Statements
) -> None:
    """Each has an original of its own. What the first tick has made due is due still, so the second lowers no head."""
    await alice.connect("X", "LINKEDIN")
    await bob.connect("X")
    costs = []
    for number in (2, 20):
        for user in [alice, bob] * (number // 2):
            await due_queue(user, clock.now + HOUR)
        clock.advance(hours=1)
        costs.append(await statements.during(process.ticker.process_due_queues()))
    assert costs[1] == costs[0] - 1


async def test_a_tick_with_nothing_due_is_one_statement(
    alice: User, clock: FakeClock, process: Process, statements: Statements
) -> None:
    """It asks for queues that are due and for pauses that have ended; the database's clock is a fake here."""
    await due_queue(alice, clock.now + HOUR)
    assert await statements.during(process.ticker.process_due_queues()) == 1


async def test_publishing_fourteen_costs_hardly_more_statements_than_publishing_two(
    login: Callable[[str], User],
    clock: FakeClock,
    process: Process,
    statements: Statements,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As many are marked at a time. How many come back at a time is the platform's to say: here all do.

    On a busy machine another look for work may come in between. Each by itself, twelve more would cost three times
    twelve: to claim, to mark, to record.
    """
    monkeypatch.setattr("perennial.publishing.dispatch._answers.RECORD_SECONDS", 0.5)
    costs = []
    for owners in (1, 7):
        for number in range(owners):
            user = login(f"user-{owners}-{number}")
            await user.connect("X")
            await due_post(user, clock, x=f"{user.name} one")
            await due_post(user, clock, x=f"{user.name} two")
        costs.append(await statements.during(process.publisher.publish_due()))
    assert costs[1] - costs[0] < 2 * 12
