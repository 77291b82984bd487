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
SETTLED, RUN_ENDED, EXECUTED = "publication.settled", "publish.done", "queue.executed"
ROUTINE = {SETTLED, "tick.done", "request.done", "operation.done", "socket.closed"}

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

    A run of publish_due records its results platform by platform, as they come. Those of a post wait until the run
    ends, or until anything else is logged more than DELAY_SECONDS_MAX after the first of them.
    """

    def __init__(self, render: Renderer) -> None:
        self._render = render
        self._pending: dict[tuple[Any, str], _PostResults] = {}

    def __call__(self, logger: Any, method: str, line: Line) -> Any:
        """The text to be written, of one or several lines. Raises DropEvent if there is none."""
        if line["event"] == SETTLED:
            self._add(line)
        shown = [post.line() for post in self._pop_ready(line)]
        if not _is_routine(line):
            shown.append(line)
        if not shown:
            raise DropEvent
        return "\n".join(str(self._render(logger, method, one)) for one in shown)

    def _add(self, line: Line) -> None:
        post = self._pending.setdefault((line.get("run"), line["post"]), _PostResults(line, time.monotonic()))
        post.results[line["platform"]] = line

    def _pop_ready(self, line: Line) -> list[_PostResults]:
        """Removes and returns the posts whose run ends with this line, and those that have waited long enough."""
        has_ended, run, overdue = line["event"] == RUN_ENDED, line.get("run"), time.monotonic() - DELAY_SECONDS_MAX
        keys = [key for key, one in self._pending.items() if (has_ended and key[0] == run) or one.since <= overdue]
        return [self._pending.pop(key) for key in keys]


def _is_routine(line: Line) -> bool:
    """Whether a console does not show the line. A run that ended claims of dead workers (`rescued`) is no routine."""
    event = line["event"]
    if event == EXECUTED:
        return line.get("outcome") == "executed"
    return event in ROUTINE or (event == RUN_ENDED and not line.get("rescued"))


def _outcome(line: Line) -> str:
    """The URL of a published post; else the status and the error's code, if there is one."""
    return line.get("url") or " ".join(str(part) for part in (line["status"], line.get("code")) if part)
