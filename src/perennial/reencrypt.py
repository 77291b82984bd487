"""`perennial reencrypt`: encrypts every account's tokens with the first of PERENNIAL_TOKEN_KEYS.

To rotate keys: put the new one first and restart servers and workers, run this, then remove the old one. It may run
while they run, be interrupted and be run again.
"""

import asyncio
import sys
from collections import Counter
from contextlib import AsyncExitStack, nullcontext

from perennial.accounts.reencrypting import CURRENT, DONE, UNREADABLE, reencrypt
from perennial.core.errors import SettingsError
from perennial.db import connection
from perennial.db.folder_lock import exclusive_folder
from perennial.db.starting.preparing import prepare
from perennial.db.starting.refusals import naming
from perennial.process.commands import run_command
from perennial.settings import Settings


def main() -> None:
    """Re-encrypts all accounts of the configured database and prints counts; exits with 1 if any is unreadable."""
    run_command(_reencrypt)


def _reencrypt(settings: Settings) -> None:
    if not settings.token_keys:
        raise SettingsError("PERENNIAL_TOKEN_KEYS is missing: the first of them is to encrypt")
    if settings.embedded and not (settings.var_dir / connection.SQLITE_FILE).exists():
        raise SettingsError(f"PERENNIAL_VAR_DIR: there is no database in {settings.var_dir}")
    with exclusive_folder(settings.var_dir) if settings.embedded else nullcontext():
        counts = asyncio.run(_run(settings))
    print("\n".join(f"{counts[state]} {state}" for state in (DONE, CURRENT, UNREADABLE)))  # noqa: T201
    sys.exit(1 if counts[UNREADABLE] else 0)


async def _run(settings: Settings) -> Counter[str]:
    await prepare(settings)
    async with AsyncExitStack() as stack:
        with naming(settings):
            await stack.enter_async_context(connection.open_database(connection.config(settings)))
        return await reencrypt([key.get_secret_value() for key in settings.token_keys])


if __name__ == "__main__":
    main()
