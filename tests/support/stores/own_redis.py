"""A Redis that can be stopped and started again."""

from contextlib import ExitStack
from pathlib import Path

from perennial.embedded._redis_child import redis_child


class OwnRedis:
    """A server on data of its own, at one address for all its lives."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self.url = ""

    def start(self) -> None:
        """Starts it, on what it kept; returns when it answers."""
        url = self._stack.enter_context(redis_child(self._folder))
        assert self.url in ("", url), "nobody would find it at another address"
        self.url = url

    def stop(self) -> None:
        """Stops it in good order, where it runs."""
        self._stack.close()
