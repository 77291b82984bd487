"""`python -m perennial.reencrypt`: seals every account's tokens with the first of PERENNIAL_TOKEN_KEYS.

To rotate keys: put the new one first and restart servers and workers, run this, then take the old one away. It may run
beside them, be broken off and be run again.
"""

import asyncio
import sys
from collections import Counter
from contextlib import nullcontext
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from perennial import database, migrate, migrations
from perennial.errors import SettingsError
from perennial.folder_lock import locked
from perennial.models import ConnectedAccount
from perennial.sealing import resealed
from perennial.settings import Settings

PAGE = 200
DONE, CURRENT, UNREADABLE = "re-encrypted", "already with the first key", "readable with none of the keys"


async def reencrypt(keys: list[str]) -> Counter[str]:
    """Seals what is sealed with another key than the first; returns how many accounts were in which state."""
    first, cipher = Fernet(keys[0]), MultiFernet([Fernet(key) for key in keys])
    counts: Counter[str] = Counter()
    after = UUID(int=0)
    columns = ("id", "tokens_version", "encrypted_access_token", "encrypted_refresh_token")
    while page := await ConnectedAccount.filter(id__gt=after).order_by("id").limit(PAGE).only(*columns):
        for account in page:
            counts[await _reseal(account, first, cipher)] += 1
        after = page[-1].id
    return counts


async def _reseal(account: ConnectedAccount, first: Fernet, cipher: MultiFernet) -> str:
    """Tokens that are replaced meanwhile are newer, and sealed with the first key by those who replaced them."""
    columns = {"encrypted_access_token": account.encrypted_access_token}
    if account.encrypted_refresh_token is not None:
        columns["encrypted_refresh_token"] = account.encrypted_refresh_token
    if all(_opens(first, token) for token in columns.values()):
        return CURRENT
    sealed = {name: resealed(cipher, token) for name, token in columns.items()}
    if None in sealed.values():
        return UNREADABLE
    mine = ConnectedAccount.filter(id=account.id, tokens_version=account.tokens_version)
    return DONE if await mine.update(**sealed) else CURRENT


def _opens(key: Fernet, token: str) -> bool:
    try:
        key.decrypt(token.encode())
    except InvalidToken:
        return False
    return True


async def _run(settings: Settings) -> Counter[str]:
    config = migrate.config(settings)
    await database.check_reachable(config)
    if settings.migrate_on_start:
        await migrations.migrate(config)
    async with database.open_database(config):
        return await reencrypt([key.get_secret_value() for key in settings.token_keys])


def main() -> None:
    """Re-encrypts the accounts of the database that the environment names, and says what was done."""
    try:
        settings = Settings.load()
        if not settings.token_keys:
            raise SettingsError("PERENNIAL_TOKEN_KEYS is missing: the first of them is to encrypt")
        if settings.embedded and not (settings.var_dir / migrate.SQLITE_FILE).exists():
            raise SettingsError(f"PERENNIAL_VAR_DIR: there is no database in {settings.var_dir}")
        with locked(settings.var_dir) if settings.embedded else nullcontext():
            counts = asyncio.run(_run(settings))
    except SettingsError as error:
        sys.exit(f"perennial: {error}")
    print("\n".join(f"{counts[state]} {state}" for state in (DONE, CURRENT, UNREADABLE)))  # noqa: T201
    sys.exit(1 if counts[UNREADABLE] else 0)


if __name__ == "__main__":
    main()
