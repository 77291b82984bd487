"""Faults that were asked for: the next calls fail in a chosen way."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

CREATE = "create"
ME = "me"
TOKEN = "token"  # noqa: S105 - the name of an operation
TIMELINE = "timeline"
OPERATIONS = (CREATE, ME, TOKEN, TIMELINE)


@dataclass(frozen=True)
class Fault:
    """How the next `times` calls fail.

    Without a status, `close` or `rubbish` they are only delayed. `after_accepting` does what was asked for first, and
    then fails. `user` and `token` restrict it to that user's calls, or to those that bear that access token.
    """

    platform: str
    status: int | None = None
    times: int = 1
    delay_seconds: float = 0
    after_accepting: bool = False
    close: bool = False
    rubbish: bool = False
    operation: str = CREATE
    user: str | None = None
    token: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object = None

    def matches(self, platform: str, operation: str, user: str | None, token: str) -> bool:
        """Whether the call is one of those that are to fail."""
        return (
            (self.platform, self.operation) == (platform, operation)
            and self.user in (None, user)
            and self.token in (None, token)
        )


@dataclass
class Faults:
    """The faults still to come, in the order in which they were asked for."""

    _queue: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Puts a fault behind the others."""
        self._queue.append(fault)

    def take(self, platform: str, operation: str, user: str | None, token: str) -> Fault | None:
        """The first fault that concerns the call, used up by one."""
        for index, fault in enumerate(self._queue):
            if fault.matches(platform, operation, user, token):
                self._queue[index : index + 1] = [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
                return fault
        return None

    def clear(self) -> None:
        """No more faults."""
        self._queue.clear()

    def as_json(self) -> list[dict[str, object]]:
        """Those still to come."""
        return [asdict(fault) for fault in self._queue]
