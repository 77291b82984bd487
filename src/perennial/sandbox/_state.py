"""All that a running sandbox remembers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from perennial.sandbox._arrivals import Arrivals
from perennial.sandbox._rates import RateWindows
from perennial.sandbox._record import Post, Record
from perennial.sandbox._settings import SandboxSettings
from perennial.sandbox._tokens import Tokens
from perennial.sandbox.faults.faults import Faults


@dataclass
class State:
    """One sandbox's memory. It is touched from one event loop only, and never across an await."""

    record: Record
    clock: Callable[[], datetime]
    defaults: SandboxSettings
    settings: SandboxSettings = field(init=False)
    faults: Faults = field(default_factory=Faults)
    arrivals: Arrivals = field(default_factory=Arrivals)
    rates: RateWindows = field(default_factory=RateWindows)
    tokens: Tokens = field(default_factory=Tokens)

    def __post_init__(self) -> None:
        self.settings = self.defaults

    def duplicate_of(self, platform: str, user: str, text: str, now: datetime) -> Post | None:
        """The user's own post of the same text that still stands in the way of another."""
        earlier = self.record.latest(platform, user, text)
        window = timedelta(seconds=self.settings.duplicate_window_seconds)
        return earlier if earlier and now - earlier.time < window else None

    def restore_defaults(self) -> None:
        """No faults, and the limits that the sandbox was made with."""
        self.faults.clear()
        self.settings = self.defaults
        self.rates.clear()
