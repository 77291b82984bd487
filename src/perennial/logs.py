"""The log: nouns for events, ids for what they are about. JSON lines in production, readable lines on a console."""

import logging
import sys
from functools import partial
from typing import Any, TextIO

import structlog
from structlog.dev import plain_traceback
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import Processor

from perennial.json_text import json_text

SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]

# Without local variables: tokens stand in some of them.
_TRACEBACKS = ExceptionRenderer(ExceptionDictTransformer(show_locals=False))

QUIET = ("aiosqlite", "tortoise", "uvicorn.access", "arq.worker", "asyncio", "aiohttp.access")


def get_logger(name: str) -> Any:
    """A logger whose events are nouns and whose arguments are ids and counts."""
    return structlog.get_logger(name)


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
