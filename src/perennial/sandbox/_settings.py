"""The limits that the sandbox's platforms enforce; they can be changed while it runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

X = "X"
LINKEDIN = "LINKEDIN"
PLATFORMS = (X, LINKEDIN)

RateLimit = Mapping[str, int | None]

# LinkedIn does not publish its limit, so by default it has none here.
DEFAULT_RATE_LIMIT: RateLimit = {X: 100, LINKEDIN: None}
DUPLICATE_WINDOW_SECONDS = 24 * 60 * 60


@dataclass(frozen=True)
class SandboxSettings:
    """The present limits. A rate limit of None means that there is none."""

    rate_limit: RateLimit
    duplicate_window_seconds: float

    @classmethod
    def of(cls, rate_limit: RateLimit | int | None, duplicate_window_seconds: float) -> Self:
        """Creates settings from one rate limit for both platforms, or from one for each."""
        if isinstance(rate_limit, Mapping):
            return cls({name: rate_limit.get(name) for name in PLATFORMS}, duplicate_window_seconds)
        return cls(dict.fromkeys(PLATFORMS, rate_limit), duplicate_window_seconds)

    def as_json(self) -> dict[str, object]:
        """The settings as POST /faults takes them: one rate limit if both platforms have the same."""
        limits = set(self.rate_limit.values())
        rate_limit = limits.pop() if len(limits) == 1 else dict(self.rate_limit)
        return {"duplicate_window_seconds": self.duplicate_window_seconds, "rate_limit": rate_limit}
