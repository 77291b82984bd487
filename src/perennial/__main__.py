"""The command `perennial`, also `python -m perennial`: one word says what to run.

`server` and `worker` are what `server.py` and `worker.py` run in the repository; the others are `python -m
perennial.migrate`, `perennial.reencrypt`, `perennial.export`, `perennial.forget` and `perennial.sandbox`.
"""

import importlib
import sys
from importlib.metadata import version

from perennial.core.command_line import LineParser

# What each word runs (imported only then), and what --help says of it.
COMMANDS = {
    "server": ("perennial.serving", "run_server", "the API; with nothing configured, everything in one process"),
    "worker": ("perennial.serving", "run_worker", "a worker; any number of them share a PostgreSQL and a Redis"),
    "migrate": ("perennial.migrate", "main", "bring the database up to date"),
    "reencrypt": ("perennial.reencrypt", "main", "encrypt all tokens with the first of PERENNIAL_TOKEN_KEYS"),
    "export": ("perennial.export", "main", "write all that an owner has, as JSON lines: perennial export OWNER"),
    "forget": ("perennial.forget", "main", "delete all that an owner has, who leaves: perennial forget OWNER"),
    "sandbox": (
        "perennial.sandbox.__main__",
        "main",
        "a stand-in for X and LinkedIn, alone; it has options of its own",
    ),
}
WITH_ARGUMENTS = {"export", "forget", "sandbox"}


def main() -> None:
    """Runs the command that the first argument names. Exits with 2 and one line where there is none."""
    parser = LineParser(
        "perennial",
        description="Republishes your best posts on X and LinkedIn, on a schedule.",
        epilog="Settings are environment variables, such as DATABASE_URL; none is needed to try it: perennial server",
    )
    parser.add_argument("--version", action="version", version=f"perennial {version('perennial')}")
    commands = parser.add_subparsers(dest="command", metavar="command", required=True)
    for name, (_module, _function, meaning) in COMMANDS.items():
        commands.add_parser(name, help=meaning, description=meaning, add_help=name not in WITH_ARGUMENTS)
    given, sys.argv[1:] = parser.parse_known_args()  # the command's own, as if it were run by itself
    module, function, _meaning = COMMANDS[given.command]
    getattr(importlib.import_module(module), function)()


if __name__ == "__main__":
    main()
