"""`python -m perennial.migrate`: applies pending migrations. `aerich` reads its configuration from this module."""

import asyncio
import sys
from contextlib import nullcontext
from typing import Any

from perennial.core.errors import MigrationError, SettingsError
from perennial.db import migrating
from perennial.db.connection import config
from perennial.db.folder_lock import exclusive_folder
from perennial.observe import logs
from perennial.settings import Settings


def __getattr__(name: str) -> Any:
    """Makes `TORTOISE_ORM` when aerich reads it."""
    if name == "TORTOISE_ORM":
        return config(Settings())
    raise AttributeError(name)


def main() -> None:
    """Migrates the database that the environment names, and prints what was applied; logs to standard error."""
    try:
        settings = Settings.load()
        logs.configure(json_lines=settings.json_logs, level=settings.log_level)
        with exclusive_folder(settings.var_dir) if settings.embedded else nullcontext():
            applied = asyncio.run(migrating.migrate(config(settings)))
    except (SettingsError, MigrationError) as error:
        sys.exit(f"perennial: {error}")
    print("\n".join(f"applied {name}" for name in applied) or "the schema is up to date")  # noqa: T201


if __name__ == "__main__":
    main()
