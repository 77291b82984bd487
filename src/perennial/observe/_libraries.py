"""What libraries and Python itself say, as events of our log: each has a name, and of a flood there is one line.

asyncio tells of what nobody awaited by its logger, with a traceback each time; a full table of files made it write a
hundred thousand of them in seconds.
"""

import logging
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog

from perennial.observe.floods import FLOODS

log = structlog.get_logger(__name__)

MESSAGE_LENGTH_MAX, DETAIL_LENGTH_MAX = 300, 500
LOOP, PYTHON = "asyncio", "python"


class LibraryHandler(logging.StreamHandler[Any]):
    """Writes the lines of libraries, of a flood the first."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        if not super().filter(record):
            return False
        said = _said(record, _text(record))
        what = said["message"] if "error" in said else f"{said['message']} {said.get('detail', '')}".strip()
        return FLOODS.admit(of=said["event"], logger=record.name, message=what, where=said["where"])

    def handleError(self, record: logging.LogRecord) -> None:
        """Logs in one line that a library's line cannot be written, in place of a traceback."""
        log.warning("library.unreadable", library=record.name, where=place(record.pathname, record.lineno))


def name_event(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Gives a library's line the name of an event; a processor of structlog's. What it said becomes `message`."""
    record: logging.LogRecord = line["_record"]
    if record.name in (LOOP, PYTHON):  # told when the collector comes by, in whose context soever
        for name in structlog.contextvars.get_contextvars():
            line.pop(name, None)
    return {**line, **_said(record, line["event"])}


def _text(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:
        return str(record.msg)  # its values do not fit


def _said(record: logging.LogRecord, text: str) -> dict[str, str]:
    message, _, rest = text.strip().partition("\n")
    said = {"event": _event(record), "message": message[:MESSAGE_LENGTH_MAX]}
    if rest:
        said["detail"] = " ".join(rest.split())[:DETAIL_LENGTH_MAX]
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        said["error"] = type(error).__name__
    said["where"] = _where(error) or place(record.pathname, record.lineno)
    return said | getattr(record, "said", {})


def _event(record: logging.LogRecord) -> str:
    is_of_loop = record.name == LOOP
    if record.levelno >= logging.ERROR:
        return "loop.exception" if is_of_loop else "library.error"
    kind = "warning" if record.levelno >= logging.WARNING else "info"
    return f"{'loop' if is_of_loop else 'library'}.{kind}"


def place(file: str, line: int) -> str:
    """A line of a file, with the last folders of its path."""
    return f"{'/'.join(Path(file).parts[-3:])}:{line}"


def _where(error: BaseException | None) -> str | None:
    """The place in the code at which the error was raised; None if it was not."""
    last: TracebackType | None = error.__traceback__ if error else None
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return place(last.tb_frame.f_code.co_filename, last.tb_lineno) if last else None
