"""The arguments of commands, what they write, and what they end with."""

import os
import sys
from argparse import ArgumentParser
from typing import NoReturn

from perennial.core.errors import CommandError


class LineParser(ArgumentParser):
    """Says in one line what is wrong with the arguments; argparse itself adds how to use all of them."""

    def error(self, message: str) -> NoReturn:
        """Ends the process with exit code 2."""
        self.exit(2, f"perennial: {message}; {self.prog} --help shows what there is\n")


def print_out(text: str) -> None:
    """Writes a line to standard output, at once.

    Raises CommandError if it cannot be written. Ends the process with 1, without a word, if whoever read it has enough.
    """
    check_output()
    try:
        print(text, flush=True)  # noqa: T201
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is left when the process ends
        if isinstance(error, BrokenPipeError):
            sys.exit(1)
        raise CommandError(f"standard output cannot be written: {error.strerror}") from None


def check_output() -> None:
    """Raises CommandError if there is no standard output: Python has none then, and would print nothing, silently."""
    if sys.stdout is None:
        raise CommandError("standard output cannot be written: it is closed")
