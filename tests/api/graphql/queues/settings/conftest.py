"""A winter's noon in 2027, and what is said of a queue's settings and its ledger."""

from datetime import UTC, datetime
from typing import Any

import pytest
from support.api import User, mutation
from support.clock import FakeClock

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)  # a Monday
SETTINGS = """
    id name interval rule timezone nextScheduledTime nextLocalTime endsAt excludedDates onDuplicate maxExecutions
    missedRuns { policy withinMinutes }
"""
CREATE, UPDATE, RESUME = (
    mutation(f"{verb}Queue", f"queue {{ {SETTINGS} }} warnings {{ code message field }}")
    for verb in ("create", "update", "resume")
)
ENTRIES = "query ($id: ID!) { queue(id: $id) { executions { nodes { scheduledTime until reason missedCount } } } }"
BERLIN = {"timezone": "Europe/Berlin", "nextScheduledTime": "2027-03-22T09:00:00+01:00"}

Row = tuple[int, int, str | None, int]


@pytest.fixture
def clock(clock: FakeClock) -> FakeClock:
    """The clock, at noon."""
    clock.now = NOON
    return clock


class Made:
    """A user's way to queues: what their mutations answer, and what they warn of."""

    def __init__(self, user: User) -> None:
        self.user = user

    async def post(self) -> str:
        """The id of a post of the user's."""
        return str((await self.user.create_post(x="Hello"))["id"])

    async def queue(self, **given: Any) -> Any:
        """A new queue, with its warnings about its schedule beside it."""
        answer = await self.user.execute(CREATE, input={"originalPostId": await self.post(), **given})
        return self._queue(answer)

    async def changed(self, queue: Any, **given: Any) -> Any:
        """The queue with changed settings."""
        return self._queue(await self.user.execute(UPDATE, input={"id": queue["id"], **given}))

    async def resumed(self, queue: Any, **given: Any) -> Any:
        """The queue, active again."""
        return self._queue(await self.user.execute(RESUME, input={"id": queue["id"], **given}))

    @staticmethod
    def _queue(answer: Any) -> Any:
        assert "errors" not in answer, answer["errors"]
        (payload,) = answer["data"].values()
        warnings = [one for one in payload["warnings"] if one["code"] != "ACCOUNT_MISSING"]
        return {**payload["queue"], "warnings": warnings}


@pytest.fixture
def made(alice: User, clock: FakeClock) -> Made:
    """Alice's way to queues, at noon."""
    return Made(alice)


async def rows(alice: User, queue: Any) -> list[Row]:
    """The ledger: from which day of March to which, why, and how many."""
    nodes = (await alice.do(ENTRIES, id=queue["id"]))["executions"]["nodes"]
    return sorted(
        (_day(one["scheduledTime"]), _day(one["until"] or one["scheduledTime"]), one["reason"], one["missedCount"])
        for one in nodes
    )


def _day(time: str) -> int:
    return datetime.fromisoformat(time).day
