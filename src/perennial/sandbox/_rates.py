"""Rate limits: windows of 15 minutes that open with a user's first request."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=15)


@dataclass
class Window:
    """One user's requests since `opened`."""

    limit: int
    opened: datetime
    used: int = 0
    exceeded: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """X's three headers."""
        return {
            "x-rate-limit-limit": str(self.limit),
            "x-rate-limit-remaining": str(max(self.limit - self.used, 0)),
            "x-rate-limit-reset": str(int((self.opened + WINDOW).timestamp()) + 1),  # the second in which it is over
        }


@dataclass
class RateWindows:
    """The open windows of all users."""

    _windows: dict[tuple[str, str], Window] = field(default_factory=dict)

    def count(self, platform: str, user: str, limit: int | None, now: datetime) -> Window | None:
        """Counts one request. The window says whether it was one too many; without a limit there is none."""
        if limit is None:
            return None
        window = self.current(platform, user, limit, now)
        window.exceeded = window.used >= limit
        if not window.exceeded:
            window.used += 1
        return window

    def current(self, platform: str, user: str, limit: int, now: datetime) -> Window:
        """The user's open window, or a new one."""
        window = self._windows.get((platform, user))
        if window is None or now >= window.opened + WINDOW:
            window = self._windows[platform, user] = Window(limit, now)
        window.limit = limit
        return window

    def clear(self) -> None:
        """Closes every window."""
        self._windows.clear()
