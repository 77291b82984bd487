"""The state of a running sandbox."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from perennial.sandbox._post_store import PostStore, PublishedPost
from perennial.sandbox._rates import RateWindows
from perennial.sandbox._request_log import RequestLog
from perennial.sandbox._settings import SandboxSettings
from perennial.sandbox._tokens import TokenIssuer
from perennial.sandbox.faults.faults import Faults


@dataclass
class State:
    """The state of one sandbox. One event loop uses it, and no change to it spans an await."""

    posts: PostStore
    clock: Callable[[], datetime]
    defaults: SandboxSettings
    settings: SandboxSettings = field(init=False)
    faults: Faults = field(default_factory=Faults)
    request_log: RequestLog = field(default_factory=RequestLog)
    rates: RateWindows = field(default_factory=RateWindows)
    tokens: TokenIssuer = field(default_factory=TokenIssuer)

    def __post_init__(self) -> None:
        self.settings = self.defaults

    def duplicate_of(self, platform: str, user: str, text: str, now: datetime) -> PublishedPost | None:
        """The user's post with the same text, if it is young enough for this one to be refused as a duplicate."""
        earlier = self.posts.latest(platform, user, text)
        window = timedelta(seconds=self.settings.duplicate_window_seconds)
        return earlier if earlier and now - earlier.time < window else None

    def restore_defaults(self) -> None:
        """Removes faults and rate limit windows, and restores the settings that the sandbox was created with."""
        self.faults.clear()
        self.settings = self.defaults
        self.rates.clear()
