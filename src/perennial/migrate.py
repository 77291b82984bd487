"""`perennial migrate`: applies pending migrations. `aerich` reads its configuration from this module."""

import asyncio
from contextlib import nullcontext
from typing import Any

from perennial.core.command_line import print_out
from perennial.db.connection import config
from perennial.db.folder_lock import exclusive_folder
from perennial.db.starting.preparing import bring_up_to_date
from perennial.process.commands import run_command
from perennial.settings import Settings


def __getattr__(name: str) -> Any:
    """Makes `TORTOISE_ORM` when aerich reads it."""
    if name == "TORTOISE_ORM":
        return config(Settings())
    raise AttributeError(name)


def main() -> None:
    """Migrates the database that the environment names, and prints what was applied; logs to standard error."""
    run_command(_migrate)


def _migrate(settings: Settings) -> None:
    with exclusive_folder(settings.var_dir) if settings.embedded else nullcontext():
        applied = asyncio.run(bring_up_to_date(settings))
    print_out("\n".join(f"applied {name}" for name in applied) or "the schema is up to date")


if __name__ == "__main__":
    main()
