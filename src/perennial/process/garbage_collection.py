"""Configures Python's garbage collector for a service: objects that live as long as the process are not scanned."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Python's defaults are 700, 10, 10: too frequent with thousands of rows and tasks that are still in use.
THRESHOLDS = (50_000, 20, 50)


@contextmanager
def infrequent_garbage_collection() -> Iterator[None]:
    """Within the block, excludes existing objects from collection and collects less often than by default."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
