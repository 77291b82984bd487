"""The command `perennial`, also `python -m perennial`: one word says what to run.

`server` and `worker` are what `server.py` and `worker.py` run in the repository; the others are `python -m
perennial.migrate`, `perennial.reencrypt` and `perennial.sandbox`.
"""

import importlib
import sys
from argparse import ArgumentParser
from importlib.metadata import version
from typing import NoReturn

# What each word runs (imported only then), and what --help says of it.
COMMANDS = {
    "server": ("perennial.serving", "run_server", "the API; with nothing configured, everything in one process"),
    "worker": ("perennial.serving", "run_worker", "a worker; any number of them share a PostgreSQL and a Redis"),
    "migrate": ("perennial.migrate", "main", "bring the database up to date"),
    "reencrypt": ("perennial.reencrypt", "main", "encrypt all tokens with the first of PERENNIAL_TOKEN_KEYS"),
    "sandbox": (
        "perennial.sandbox.__main__",
        "main",
        "a stand-in for X and LinkedIn, alone; it has options of its own",
    ),
}


def main() -> None:
    """Runs the command that the first argument names. Exits with 2 and one line where there is none."""
    parser = _Parser(
        "perennial",
        description="Republishes your best posts on X and LinkedIn, on a schedule.",
        epilog="Settings are environment variables, such as DATABASE_URL; none is needed to try it: perennial server",
    )
    parser.add_argument("--version", action="version", version=f"perennial {version('perennial')}")
    commands = parser.add_subparsers(dest="command", metavar="command", required=True)
    for name, (_module, _function, meaning) in COMMANDS.items():
        commands.add_parser(name, help=meaning, description=meaning, add_help=name != "sandbox")
    given, rest = parser.parse_known_args()
    if rest and given.command != "sandbox":
        parser.error(f"{given.command} takes no arguments: {' '.join(rest)}")
    sys.argv[1:] = rest
    module, function, _meaning = COMMANDS[given.command]
    getattr(importlib.import_module(module), function)()


class _Parser(ArgumentParser):
    """Says in one line what is wrong with the arguments; argparse itself adds how to use all of them."""

    def error(self, message: str) -> NoReturn:
        """Ends the process."""
        self.exit(2, f"perennial: {message}; perennial --help shows what there is\n")


if __name__ == "__main__":
    main()
