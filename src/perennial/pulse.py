"""The pulse of this process's worker: when it last looked whether an alarm rings."""

import time


class Pulse:
    """Beats with every look at the alarms, and while the worker is built (again)."""

    def __init__(self) -> None:
        self._looked: float | None = None
        self._beat = time.monotonic()

    def look(self) -> None:
        """The alarms have been looked at."""
        self._looked = self._beat = time.monotonic()

    def build(self) -> None:
        """arq's worker is built, which is all that can be done while Redis is away."""
        self._beat = time.monotonic()

    @property
    def seconds_since_look(self) -> float | None:
        """None where there was none yet."""
        return None if self._looked is None else time.monotonic() - self._looked

    @property
    def seconds_since_beat(self) -> float:
        """Since the last sign of life."""
        return time.monotonic() - self._beat
