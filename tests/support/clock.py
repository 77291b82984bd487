"""A clock that stands still."""

from datetime import UTC, datetime, timedelta

from perennial.core.instants import whole_milliseconds


class FakeClock:
    """The present, which moves only when it is told to."""

    def __init__(self) -> None:
        self.now = whole_milliseconds(datetime.now(UTC))

    async def read(self) -> datetime:
        return self.now

    def advance(self, **delta: float) -> datetime:
        """Moves on by a timedelta's arguments; returns the new present."""
        self.now += timedelta(**delta)
        return self.now


class StandingClock:
    """Seconds that stand still until they are moved."""

    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds
