"""The arguments of commands, and what they end with."""

from argparse import ArgumentParser
from typing import NoReturn

from perennial.core.errors import PerennialError


class CommandError(PerennialError):
    """What a command was asked to do cannot be done; the message says why."""


class LineParser(ArgumentParser):
    """Says in one line what is wrong with the arguments; argparse itself adds how to use all of them."""

    def error(self, message: str) -> NoReturn:
        """Ends the process with exit code 2."""
        self.exit(2, f"perennial: {message}; {self.prog} --help shows what there is\n")
