"""Platforms whose look-ups wait for an operator: nobody can look there, so the time does not count.

A look-up that is refused because our app or our settings are at fault stops the platform's look-ups, and so does a
platform that is stopped for publishing. While it lasts, one look-up a minute is made, as a probe. It does not stop
publishing: an app's plan may let it post and not read.
"""

from datetime import datetime
from uuid import UUID

from perennial.accounts.breaker_rows import PROBE_PAUSE
from perennial.core.platform_errors import OperatorFault
from perennial.core.states import Platform
from perennial.observe.logs import get_logger
from perennial.publishing.reconciling._look_ups import LOOK_UPS_MAX

log = get_logger(__name__)


class Stops:
    """What this process has met: others meet it by themselves, and a new one begins with nothing."""

    def __init__(self) -> None:
        self._refused: dict[Platform, set[UUID | None]] = {}  # the accounts that were refused since the last answer
        self._alone: set[UUID | None] = set()  # those that were refused while others were answered
        self._probe_time: dict[Platform, datetime] = {}
        self._last_stopped: dict[Platform, datetime] = {}  # the time until then counts for no doubt of the platform

    def room(self, platform: Platform, now: datetime, *, is_tripped: bool) -> int:
        """How many look-ups may be made on the platform now; `is_tripped` says whether it is stopped for publishing."""
        if platform not in self._refused and not is_tripped:
            return LOOK_UPS_MAX
        self._last_stopped[platform] = now
        if self._probe_time.get(platform, now) > now:
            return 0
        self._probe_time[platform] = now + PROBE_PAUSE
        return 1

    def refuse(self, platform: Platform, account_id: UUID | None, error: OperatorFault, now: datetime) -> bool:
        """A look-up was refused: returns whether that stops the platform's, and tells of the first.

        An account that was refused before while others were answered is alone: its tokens may be another app's.
        """
        if account_id in self._alone:
            return False
        if platform not in self._refused:
            more = {"code": error.code, "message": str(error), "advice": error.advice}
            log.error("look_ups.tripped", platform=platform.name, **more)
        self._refused.setdefault(platform, set()).add(account_id)
        self._last_stopped[platform], self._probe_time[platform] = now, now + PROBE_PAUSE
        return True

    def answer(self, platform: Platform, account_id: UUID | None) -> None:
        """A look-up was answered: the next one need not wait."""
        self._probe_time.pop(platform, None)
        if refused := self._refused.pop(platform, None):
            self._alone |= refused
            log.info("look_ups.reset", platform=platform.name)
        self._alone.discard(account_id)

    def excuse(self, platform: Platform, now: datetime) -> None:
        """A look-up could not be made, and an operator has to act."""
        self._last_stopped[platform] = now

    def counted_from(self, platform: Platform, start: datetime) -> datetime:
        """From when the time counts of a doubt that began at `start`."""
        return max(start, self._last_stopped.get(platform, start))
