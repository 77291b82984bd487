"""Starts the embedded mode's Redis again whenever it dies: alarms are in its file, and its clients connect again."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from perennial.embedded._redis_child import RedisChild, started_redis
from perennial.observe.logs import get_logger

log = get_logger(__name__)

PAUSE_MIN_SECONDS = 0.1
PAUSE_MAX_SECONDS = 30.0
# One that has lived for so long did not die of its start.
STEADY_SECONDS = 10.0


@contextmanager
def kept_redis(folder: Path) -> Iterator[str]:
    """Runs a Redis as `redis_child` does, and starts it again when it dies; gives its unix:// URL.

    Raises SettingsError if no Redis is installed, or if it does not start for the first time.
    """
    with started_redis(folder) as child:
        keeper = _Keeper(child)
        keeper.start()
        try:
            yield child.url
        finally:
            keeper.stop()


def pause_before(restart: float, lived: float) -> float:
    """The seconds to wait before a restart, after `restart` before the last one, and `lived` in which it ran since."""
    return PAUSE_MIN_SECONDS if lived >= STEADY_SECONDS else min(2 * restart, PAUSE_MAX_SECONDS)


class _Keeper(threading.Thread):
    """The thread that waits for the child's end, and lives until it is stopped."""

    def __init__(self, child: RedisChild) -> None:
        super().__init__(name="redis-keeper", daemon=True)
        self._child = child
        self._stopping = threading.Event()
        self._starting = threading.Lock()

    def run(self) -> None:
        """Starts the child again after each of its ends, and logs it, until it is stopped."""
        pause, started = PAUSE_MIN_SECONDS, time.monotonic() - STEADY_SECONDS
        while True:
            code = self._child.wait()
            if self._stopping.is_set():
                return
            pause = pause_before(pause, time.monotonic() - started)
            log.warning("redis.died", code=code, restart_seconds=pause, log=str(self._child.log_file))
            if self._stopping.wait(pause):
                return
            started = time.monotonic()
            # Where its program cannot be started, the child is still the last one, and has ended.
            with self._starting, suppress(OSError):
                if not self._stopping.is_set():
                    self._child.start()

    def stop(self) -> None:
        """Stops the child for good, and waits for the thread."""
        self._stopping.set()
        with self._starting:
            self._child.stop()
        self.join()
