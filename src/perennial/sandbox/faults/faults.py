"""The pending faults, and which calls they concern."""

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

    Without a status, `close` or `rubbish` they are only delayed. With `after_accepting` a call is executed before it
    fails. `user` and `token` restrict the fault to the calls of one user or with one token.
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
        """Whether the fault concerns the call."""
        return (
            (self.platform, self.operation) == (platform, operation)
            and self.user in (None, user)
            and self.token in (None, token)
        )


@dataclass
class Faults:
    """The pending faults, in the order in which they were added."""

    _queue: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Adds a fault after all others."""
        self._queue.append(fault)

    def take(self, platform: str, operation: str, user: str | None, token: str) -> Fault | None:
        """Returns the first fault that concerns the call, if any, and reduces its `times` by one."""
        for index, fault in enumerate(self._queue):
            if fault.matches(platform, operation, user, token):
                self._queue[index : index + 1] = [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
                return fault
        return None

    def clear(self) -> None:
        """Removes all faults."""
        self._queue.clear()

    def as_json(self) -> list[dict[str, object]]:
        """The pending faults as GET /faults lists them."""
        return [asdict(fault) for fault in self._queue]
