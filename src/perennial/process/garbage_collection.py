"""Python's garbage collector, set up for a service: what lives as long as the process is not looked through again."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Python's own are 700, 10, 10: too eager for thousands of rows and tasks that are not garbage yet.
THRESHOLDS = (50_000, 20, 50)


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Leaves alone what was made until now, and looks for garbage less often than Python would by itself."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
