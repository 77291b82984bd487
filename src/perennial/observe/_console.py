"""Renders the log for a console: one line for each post that was sent, and all that is not routine.

JSON lines are for operators and have every event. A console is for a person who has just started Perennial: with all
events, the banner would be out of sight after a minute.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from structlog import DropEvent

DELAY_SECONDS_MAX = 1.0

# Events that a console does not show at INFO. Failures and skipped occurrences have other events, or other outcomes.
ROUTINE = {"tick.done", "request.done", "operation.done", "socket.closed"}
SETTLED, RUN_ENDED, EXECUTED = "publication.settled", "publish.done", "queue.executed"

# A post's line is named after the first of these statuses that one of its publications has.
WORST_FIRST = ("failed", "unconfirmed", "scheduled", "published")
WARNINGS = {"failed", "unconfirmed"}

Line = dict[str, Any]
Renderer = Callable[[Any, str, Line], Any]


@dataclass
class _PostResults:
    """The log lines of a post's publications so far, by platform, and the first of them."""

    first: Line
    since: float
    results: dict[str, Line] = field(default_factory=dict)

    def line(self) -> Line:
        """One line for all of them: `post.published` with a URL for each platform, or another status with its code."""
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

    A run of publish_due records its results platform by platform, as they come. Those of a post wait until the
    run ends, or for little more than DELAY_SECONDS_MAX.
    """

    def __init__(self, render: Renderer) -> None:
        self._render = render
        self._pending: dict[tuple[Any, str], _PostResults] = {}

    def __call__(self, logger: Any, method: str, line: Line) -> Any:
        """The text to be written, of one or several lines. Raises DropEvent if there is none."""
        event = line["event"]
        if event == SETTLED:
            self._add(line)
            ready = self._pop(lambda one: time.monotonic() - one.since > DELAY_SECONDS_MAX)
        elif event == RUN_ENDED:
            ready = self._pop(lambda one: one.first.get("run") == line.get("run"))
        elif event in ROUTINE or (event == EXECUTED and line.get("outcome") == "executed"):
            raise DropEvent
        else:
            return self._render(logger, method, line)
        if not ready:
            raise DropEvent
        return "\n".join(str(self._render(logger, method, one.line())) for one in ready)

    def _add(self, line: Line) -> None:
        post = self._pending.setdefault((line.get("run"), line["post"]), _PostResults(line, time.monotonic()))
        post.results[line["platform"]] = line

    def _pop(self, is_ready: Callable[[_PostResults], bool]) -> list[_PostResults]:
        keys = [key for key, one in self._pending.items() if is_ready(one)]
        return [self._pending.pop(key) for key in keys]


def _outcome(line: Line) -> str:
    """The URL of a published post; else the status and the error's code, if there is one."""
    return line.get("url") or " ".join(str(part) for part in (line["status"], line.get("code")) if part)
