"""A reader of a page at a shell: pastes commands, sees what is shown, and presses Ctrl-C."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from support.processes import clean_environment, descendants, stop, until

_END = "what was pasted has ended"


class Reader:
    """A shell in a folder of its own; what one block sets, the next ones find."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self._log = folder.with_suffix(".log")
        with self._log.open("wb") as output:
            self._shell = subprocess.Popen(
                ["bash"],
                cwd=folder,
                env={**clean_environment(), **environment},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def shown(self) -> str:
        """All that the shell has shown since the last block was pasted."""
        return self._log.read_text().rpartition(f"{_END}\n")[2]

    def paste(self, commands: str) -> str:
        """Runs the commands to their end; gives what they showed."""
        return self._until_end(self._begin(commands))

    def watch(self, commands: str, look: Callable[[], object]) -> str:
        """Runs commands that have no end, until the look sees what it looks for, and then presses Ctrl-C."""
        ended = self._begin(commands)
        try:
            look()
        except AssertionError as error:
            raise AssertionError(self.shown()) from error
        for pid in descendants(self._shell.pid):
            os.kill(pid, signal.SIGINT)
        return self._until_end(ended)

    def leave(self) -> None:
        """Closes the shell."""
        for pid in descendants(self._shell.pid):
            os.kill(pid, signal.SIGKILL)
        stop(self._shell)

    def _begin(self, commands: str) -> int:
        """Gives how many blocks will have ended."""
        (self.folder / ".pasted").write_text(commands)
        ended = self._log.read_text().count(_END) + 1
        assert self._shell.stdin
        self._shell.stdin.write(f". ./.pasted </dev/null\necho '{_END}'\n".encode())
        self._shell.stdin.flush()
        return ended

    def _until_end(self, ended: int) -> str:
        until(lambda: self._log.read_text().count(_END) == ended, f"the end of {self.shown()}")
        return self._log.read_text().split(f"{_END}\n")[ended - 1]
