"""The structured log: each line has an event's name and ids. JSON lines in production, readable lines on a console."""

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TextIO

import structlog
from structlog.contextvars import bind_contextvars, bound_contextvars, get_contextvars, unbind_contextvars
from structlog.dev import plain_traceback
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import Processor

from perennial.core.texts import json_text
from perennial.observe._console import PostLines
from perennial.observe._libraries import LibraryHandler, name_event

CONSOLE_TIME = "%H:%M:%SZ"

# Tracebacks show no local variables: some of them hold tokens.
_TRACEBACK_RENDERER = ExceptionRenderer(ExceptionDictTransformer(show_locals=False))

# The ids that `bind_log_ids` adds to the lines of a request.
ID_FIELDS = ("owner", "post", "queue", "publication", "account")

QUIET_LIBRARIES = ("aiosqlite", "tortoise", "uvicorn.access", "arq.worker", "asyncio", "aiohttp.access")


def get_logger(name: str) -> Any:
    """A logger whose events are a noun and what happened to it, such as `queue.executed`, with ids and counts."""
    return structlog.get_logger(name)


@contextmanager
def request_log_context(request_id: str) -> Iterator[None]:
    """Adds the request's id, and the ids bound by `bind_log_ids`, to every line logged inside."""
    with bound_contextvars(request=request_id):
        try:
            yield
        finally:
            unbind_contextvars(*ID_FIELDS)


def bind_log_ids(**ids: str) -> None:
    """Adds these ids to every later line of the current request; outside of a request it does nothing."""
    if "request" in get_contextvars():
        bind_contextvars(**ids)


def configure(*, json_lines: bool, level: str) -> None:
    """Writes our log and the libraries' to standard error, in one format.

    JSON lines have every event. A console shows at INFO what `_console` makes of them, and of the web server's lines
    only the warnings; at DEBUG it shows every event as well.
    """
    warnings.filterwarnings("ignore", "password file ")  # asyncpg's: a start that fails of it says so in its one line
    shared, renderers = _shared(json_lines), _renderers(json_lines)
    brief = not json_lines and level != "DEBUG"
    # Our lines bypass the standard library's logging, which costs as much for a line as a tick does for a queue.
    structlog.configure(
        processors=[*shared, *([PostLines(renderers[-1])] if brief else renderers)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=partial(_NamedWriteLogger, sys.stderr),
    )
    handler = LibraryHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, name_event],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in (*QUIET_LIBRARIES, *(["uvicorn.error"] if brief else [])):
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))


class _NamedWriteLogger(structlog.WriteLogger):
    """Writes lines to a file, and has the name that `add_logger_name` reads."""

    def __init__(self, file: TextIO, name: str) -> None:
        super().__init__(file)
        self.name = name


def _shared(json_lines: bool) -> list[Processor]:
    """What our lines and the libraries' have in common, before they are rendered."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso" if json_lines else CONSOLE_TIME, utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _renderers(json_lines: bool) -> list[Any]:
    if json_lines:
        return [_TRACEBACK_RENDERER, structlog.processors.JSONRenderer(json_text)]
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain_traceback)]
