"""`perennial export OWNER`: writes all that an owner has to standard output, a JSON object a line, without tokens."""

import os
import sys

from perennial.core.command_line import CommandError, LineParser
from perennial.core.json_text import json_text
from perennial.keeping.exporting import export
from perennial.process.commands import run_command, run_on_database
from perennial.settings import Settings


def main() -> None:
    """Exports the owner whom the argument names; exits with 1 if there is nothing of that owner."""
    parser = LineParser(
        "perennial export",
        description="Writes all that an owner has to standard output: a JSON object a line, each with its kind "
        "(account, post, publication, queue, execution, idempotencyKey). The platforms' tokens are left out.",
    )
    parser.add_argument("owner", help="the owner's id: the sub of the owner's bearer tokens")
    owner: str = parser.parse_args().owner
    run_command(lambda settings: _export(settings, owner), arguments_are_read=True)


def _export(settings: Settings, owner: str) -> None:
    try:
        number = run_on_database(settings, lambda: _write(owner))
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read it has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    if not number:
        raise CommandError(f"there is nothing of an owner {owner}")


async def _write(owner: str) -> int:
    """Writes the lines; returns their number."""
    number = 0
    async for line in export(owner):
        sys.stdout.write(json_text(line) + "\n")
        number += 1
    return number


if __name__ == "__main__":
    main()
