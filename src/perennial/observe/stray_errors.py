"""Errors that reach no code of ours: of threads, of finalizers, and Python's warnings, as events of the log."""

import atexit
import logging
import sys
import threading
import warnings
from typing import Any, cast

from perennial.observe._libraries import PYTHON, place
from perennial.observe.floods import FLOODS

# By way of logging, whose lock may be entered twice: a finalizer runs at any point, in the middle of a line as well.
_log = logging.getLogger(PYTHON)


def catch() -> None:
    """From now on they are logged, of a flood the first; `logs` does the same with what libraries log."""
    sys.unraisablehook = _log_unraisable
    threading.excepthook = _log_of_thread
    warnings.showwarning = cast(Any, _log_warning)
    atexit.register(FLOODS.tell)


def _log_unraisable(given: "sys.UnraisableHookArgs") -> None:
    """An error in a finalizer, a callback of a weak reference or a generator that is collected."""
    name = getattr(given.object, "__qualname__", type(given.object).__qualname__)
    _log_error("unraisable.exception", given.exc_value, given.exc_type, object=name)


def _log_of_thread(given: threading.ExceptHookArgs) -> None:
    if given.exc_type is not SystemExit:  # by which a thread may end
        _log_error(
            "thread.exception", given.exc_value, given.exc_type, thread=given.thread.name if given.thread else "?"
        )


def _log_error(event: str, error: BaseException | None, kind: type[BaseException], **more: str) -> None:
    raised = (kind, error, error.__traceback__) if error else None
    _log.error("%s", error, exc_info=raised, extra={"said": {"event": event, "error": kind.__name__, **more}})


def _log_warning(message: Warning | str, category: type[Warning], filename: str, lineno: int, *_: Any) -> None:
    said = {"event": "python.warning", "category": category.__name__, "where": place(filename, lineno)}
    _log.warning("%s", message, extra={"said": said})
