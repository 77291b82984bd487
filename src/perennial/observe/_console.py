"""What a console shows at INFO: one line for each post that went out, and what is out of the ordinary.

JSON lines are for operators and have every event. A console is for a person who has just started Perennial, and whose
banner would be gone after a minute of them.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from structlog import DropEvent

HOLD_SECONDS = 1.0

# Nothing but what a console need not show. Failures and skipped occurrences have other events, or other outcomes.
ROUTINE = {"tick.done", "request.done", "operation.done", "socket.closed"}
SETTLED, RUN_ENDED, EXECUTED = "publication.settled", "publish.done", "queue.executed"

# From the worst: a post is called by the worst that happened to one of its publications.
WORST_FIRST = ("failed", "unconfirmed", "scheduled", "published")
WARNINGS = {"failed", "unconfirmed"}

Line = dict[str, Any]
Renderer = Callable[[Any, str, Line], Any]


@dataclass
class _Post:
    """The results of a post's publications so far, by platform, and the line of the first of them."""

    first: Line
    since: float
    results: dict[str, Line] = field(default_factory=dict)

    def line(self) -> Line:
        """All of them in one line: `post.published` with an address for each platform, or what happened instead."""
        statuses = {one["status"] for one in self.results.values()}
        worst = next((status for status in WORST_FIRST if status in statuses), "settled")
        return {
            "timestamp": self.first.get("timestamp"),
            "level": "warning" if worst in WARNINGS else "info",
            "event": f"post.{worst}",
            **{platform: _outcome(one) for platform, one in self.results.items()},
            "owner": self.first["owner"],
            "post": self.first["post"],
        }


class PostLines:
    """Renders the lines of a console, as structlog's last processor.

    A run of publish_due records its results platform by platform, as they come. Those of a post are held back until the
    run ends, and not much longer than HOLD_SECONDS where it goes on.
    """

    def __init__(self, render: Renderer) -> None:
        self._render = render
        self._held: dict[tuple[Any, str], _Post] = {}

    def __call__(self, logger: Any, method: str, line: Line) -> Any:
        """The text to be written, of one line or several. Raises DropEvent where there is none."""
        event = line["event"]
        if event == SETTLED:
            self._hold(line)
            ready = self._take(lambda one: time.monotonic() - one.since > HOLD_SECONDS)
        elif event == RUN_ENDED:
            ready = self._take(lambda one: one.first.get("run") == line.get("run"))
        elif event in ROUTINE or (event == EXECUTED and line.get("outcome") == "executed"):
            raise DropEvent
        else:
            return self._render(logger, method, line)
        if not ready:
            raise DropEvent
        return "\n".join(str(self._render(logger, method, one.line())) for one in ready)

    def _hold(self, line: Line) -> None:
        held = self._held.setdefault((line.get("run"), line["post"]), _Post(line, time.monotonic()))
        held.results[line["platform"]] = line

    def _take(self, is_ready: Callable[[_Post], bool]) -> list[_Post]:
        keys = [key for key, one in self._held.items() if is_ready(one)]
        return [self._held.pop(key) for key in keys]


def _outcome(line: Line) -> str:
    """The address of what was published; of all else the status and, where there is one, the code of the error."""
    return line.get("url") or " ".join(str(part) for part in (line["status"], line.get("code")) if part)
