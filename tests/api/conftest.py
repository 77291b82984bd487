"""What several of the API's tests begin with."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from conftest import FakeClock
from support.api import User

from perennial.execution import TickSummary
from perennial.process import Process

Tick = Callable[[], Awaitable[TickSummary]]


@pytest.fixture
async def queue(alice: User, clock: FakeClock) -> Any:
    """Alice's queue: every 7 days from an hour hence, on both platforms, without an end."""
    post = await alice.create_post(x="Hello", linkedin="Hello there")
    return await alice.create_queue(post["id"], clock.now + timedelta(hours=1))


@pytest.fixture
def tick(process: Process) -> Tick:
    """What the worker does when a queue falls due."""
    return process.ticker.process_due_queues
