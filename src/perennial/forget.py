"""`perennial forget OWNER`: deletes all that an owner has, who leaves.

Servers and workers may go on meanwhile; it may be interrupted, and be run again. What is published stays on the
platforms.
"""

import sys
from collections import Counter

from perennial.api.auth.bearer_tokens import is_owner_id
from perennial.core.command_line import LineParser, check_output, print_out
from perennial.core.errors import CommandError
from perennial.keeping.forgetting import count, forget
from perennial.process.commands import run_command, run_on_database
from perennial.settings import Settings


def main() -> None:
    """Deletes what the owner has whom the argument names, and prints how much it was.

    It asks first, unless it is told not to. Exits with 1 if there is nothing of that owner, if the answer is another
    one than the owner's id, and if something is left.
    """
    parser = LineParser(
        "perennial forget",
        description="Deletes all that an owner has: accounts and their tokens, posts, queues and their ledgers, and "
        "idempotency keys. What is published stays on the platforms. Take the owner's access away first.",
    )
    parser.add_argument("owner", help="the owner's id: the sub of the owner's bearer tokens")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    given = parser.parse_args()
    if not is_owner_id(given.owner):
        parser.error("an owner's id has 1 to 255 printable characters")
    run_command(lambda settings: _forget(settings, given.owner, given.yes), arguments_are_read=True)


def _forget(settings: Settings, owner: str, is_sure: bool) -> None:
    check_output()  # what is deleted and not told of cannot be told of later
    counts = run_on_database(settings, lambda: _ask_and_forget(owner, is_sure))
    print_out("\n".join(f"{number:,} {kind} deleted" for kind, number in counts.items()))


async def _ask_and_forget(owner: str, is_sure: bool) -> Counter[str]:
    if not +(found := await count(owner)):
        raise CommandError(f"there is nothing of an owner {owner}")
    if not is_sure:
        _ask(owner, found)
    return await forget(owner, _say)


def _ask(owner: str, found: Counter[str]) -> None:
    """Asks whether all this is to be deleted. Raises CommandError unless the answer is the owner's id."""
    there_are = ", ".join(f"{number:,} {kind}" for kind, number in found.items())
    _say(f"this deletes all that {owner} has, and cannot be undone: {there_are}")
    sys.stderr.write("Type the owner's id to go on: ")
    sys.stderr.flush()
    if _typed() != owner:
        raise CommandError("nothing was deleted; to be not asked, add --yes")


def _typed() -> str:
    """The line that is typed; none where there is no standard input, or what comes from it is no text."""
    try:
        return sys.stdin.readline().strip() if sys.stdin else ""
    except (OSError, ValueError):
        return ""


def _say(line: str) -> None:
    sys.stderr.write(f"perennial: {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
