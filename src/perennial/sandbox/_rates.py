"""Rate limits: each user has a window of 15 minutes, which opens with the first request."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=15)


@dataclass
class Window:
    """The number of requests that one user has made since `opened`."""

    limit: int
    opened: datetime
    used: int = 0
    exceeded: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """X's three rate limit headers."""
        return {
            "x-rate-limit-limit": str(self.limit),
            "x-rate-limit-remaining": str(max(self.limit - self.used, 0)),
            "x-rate-limit-reset": str(int((self.opened + WINDOW).timestamp()) + 1),  # the second in which it has ended
        }


@dataclass
class RateWindows:
    """The windows of all users on both platforms."""

    _windows: dict[tuple[str, str], Window] = field(default_factory=dict)

    def count(self, platform: str, user: str, limit: int | None, now: datetime) -> Window | None:
        """Counts one request; returns its window, whose `exceeded` refuses it, or None if there is no limit."""
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
        """Removes all windows."""
        self._windows.clear()
