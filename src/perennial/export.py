"""`perennial export OWNER`: writes all that an owner has to standard output, a JSON object a line, without tokens."""

from perennial.api.auth.bearer_tokens import is_owner_id
from perennial.core.command_line import LineParser, print_out
from perennial.core.errors import CommandError
from perennial.core.texts import json_text
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
    if not is_owner_id(owner):
        parser.error("an owner's id has 1 to 255 printable characters")
    run_command(lambda settings: _export(settings, owner), arguments_are_read=True)


def _export(settings: Settings, owner: str) -> None:
    if not run_on_database(settings, lambda: _write(owner)):
        raise CommandError(f"there is nothing of an owner {owner}")


async def _write(owner: str) -> int:
    """Writes the lines; returns their number."""
    number = 0
    async for line in export(owner):
        print_out(json_text(line))
        number += 1
    return number


if __name__ == "__main__":
    main()
