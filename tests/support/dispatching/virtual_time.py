"""An event loop whose time passes at once: whenever nothing else is left to do, it is the time of the next timer."""

import asyncio
import selectors
from typing import Any


class _NothingToWaitFor(selectors.SelectSelector):
    """Passes the time instead of waiting, and counts how often."""

    def __init__(self) -> None:
        super().__init__()
        self.time, self.steps_left = 0.0, 0

    def select(self, timeout: float | None = None) -> list[Any]:
        self.steps_left -= 1
        assert self.steps_left >= 0, "it is busy for ever"
        assert timeout is not None, "it waits for ever"
        self.time += max(timeout, 0.0)
        return []


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Its time has nothing to do with a clock's. `complaints` is what nobody else has caught."""

    def __init__(self) -> None:
        self._passing = _NothingToWaitFor()
        super().__init__(self._passing)
        self.complaints: list[dict[str, Any]] = []
        self.set_exception_handler(lambda _, context: self.complaints.append(context))

    def time(self) -> float:
        """The loop's time, in seconds."""
        return self._passing.time

    def pass_time(self, seconds: float, steps_max: int) -> None:
        """Does what there is to do within so many seconds; fails where that takes more steps of the loop."""
        self._passing.steps_left = steps_max
        self.run_until_complete(asyncio.sleep(seconds))

    def dispose(self) -> None:
        """Breaks off what is left, and closes the loop."""
        while tasks := asyncio.all_tasks(self):
            for task in tasks:
                task.cancel()
            self.pass_time(0.0, 1_000)
        self.close()
