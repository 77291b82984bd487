"""The log: nouns for events, ids for what they are about. JSON lines in production, readable lines on a console."""

import logging
import sys
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

from perennial.core.json_text import json_text

SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]

# Without local variables: tokens stand in some of them.
_TRACEBACKS = ExceptionRenderer(ExceptionDictTransformer(show_locals=False))

# What the lines of a request can be about.
ABOUT = ("owner", "post", "queue", "publication", "account")

QUIET = ("aiosqlite", "tortoise", "uvicorn.access", "arq.worker", "asyncio", "aiohttp.access")


def get_logger(name: str) -> Any:
    """A logger whose events are nouns and whose arguments are ids and counts."""
    return structlog.get_logger(name)


@contextmanager
def request_lines(request_id: str) -> Iterator[None]:
    """Every line within carries the request's id, and what the request turns out to be `about`."""
    with bound_contextvars(request=request_id):
        try:
            yield
        finally:
            unbind_contextvars(*ABOUT)


def about(**ids: str) -> None:
    """From now on every line of this request says whose it is, or which thing it is about; elsewhere, nothing does."""
    if "request" in get_contextvars():
        bind_contextvars(**ids)


def configure(*, json_lines: bool, level: str) -> None:
    """Sends everything, ours and the libraries', to standard error in one form."""
    renderers = _renderers(json_lines)
    # Ours do not take the way through the standard library, which costs as much as a tick does for a queue.
    structlog.configure(
        processors=[*SHARED, *renderers],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=partial(_Writer, sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))


class _Writer(structlog.WriteLogger):
    """Writes lines, and knows whose they are."""

    def __init__(self, file: TextIO, name: str) -> None:
        super().__init__(file)
        self.name = name


def _renderers(json_lines: bool) -> list[Any]:
    if json_lines:
        return [_TRACEBACKS, structlog.processors.JSONRenderer(json_text)]
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain_traceback)]
