"""Faults that a test puts into the code that is simulated, to see that the simulation finds them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from perennial.publishing.sending import Sender
from perennial.queues.recurrence import changes
from perennial.queues.tick import _planning


def put_in(fault: str) -> None:
    """Puts the fault of this name into the code of this process."""
    FAULTS[fault]()


def _sends_twice() -> None:
    send, transports = Sender.send, []

    async def twice(self: Sender, claimed: Any, *more: Any) -> Any:
        transports.append(claimed)
        if len(transports) == 9:
            await send(self, claimed, *more)
        return await send(self, claimed, *more)

    Sender.send = twice  # type: ignore[method-assign]


def _drifts() -> None:
    """After the first run the next is an hour later, as if summer had begun."""
    after_execution = changes.after_execution

    def drifting(queue: Any, *more: Any) -> Any:
        found = after_execution(queue, *more)
        hour = timedelta(hours=1 * (queue.execution_count == 0))
        return found | {"next_scheduled_time": found["next_scheduled_time"] + hour} if hour else found

    changes.after_execution = drifting


def _keeps_silent() -> None:
    """What an owner skipped or excluded is in no ledger."""
    _planning._not_run = lambda _: []


FAULTS: dict[str, Callable[[], None]] = {
    "none": lambda: None,
    "sends twice": _sends_twice,
    "drifts": _drifts,
    "keeps silent": _keeps_silent,
}
