"""`python -m perennial.reencrypt`: encrypts every account's tokens with the first of PERENNIAL_TOKEN_KEYS.

To rotate keys: put the new one first and restart servers and workers, run this, then remove the old one. It may run
while they run, be interrupted and be run again.
"""

import asyncio
import sys
from collections import Counter
from contextlib import nullcontext

from perennial.accounts.reencrypting import CURRENT, DONE, UNREADABLE, reencrypt
from perennial.core.errors import MigrationError, SettingsError
from perennial.db import connection, migrating
from perennial.db.folder_lock import exclusive_folder
from perennial.observe import logs
from perennial.settings import Settings


async def _run(settings: Settings) -> Counter[str]:
    config = connection.config(settings)
    await connection.check_reachable(config)
    if settings.migrate_on_start:
        await migrating.migrate(config)
    async with connection.open_database(config):
        return await reencrypt([key.get_secret_value() for key in settings.token_keys])


def main() -> None:
    """Re-encrypts all accounts of the configured database and prints counts; exits with 1 if any is unreadable."""
    try:
        settings = Settings.load()
        logs.configure(json_lines=settings.json_logs, level=settings.log_level)
        if not settings.token_keys:
            raise SettingsError("PERENNIAL_TOKEN_KEYS is missing: the first of them is to encrypt")
        if settings.embedded and not (settings.var_dir / connection.SQLITE_FILE).exists():
            raise SettingsError(f"PERENNIAL_VAR_DIR: there is no database in {settings.var_dir}")
        with exclusive_folder(settings.var_dir) if settings.embedded else nullcontext():
            counts = asyncio.run(_run(settings))
    except (SettingsError, MigrationError) as error:
        sys.exit(f"perennial: {error}")
    print("\n".join(f"{counts[state]} {state}" for state in (DONE, CURRENT, UNREADABLE)))  # noqa: T201
    sys.exit(1 if counts[UNREADABLE] else 0)


if __name__ == "__main__":
    main()
