"""Encrypts every account's tokens with the first of our keys."""

from collections import Counter
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from perennial.accounts._encryption import reencrypted
from perennial.db.models import ConnectedAccount

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
            counts[await _reencrypt(account, first, cipher)] += 1
        after = page[-1].id
    return counts


async def _reencrypt(account: ConnectedAccount, first: Fernet, cipher: MultiFernet) -> str:
    """Tokens that are replaced meanwhile are newer, and sealed with the first key by those who replaced them."""
    columns = {"encrypted_access_token": account.encrypted_access_token}
    if account.encrypted_refresh_token is not None:
        columns["encrypted_refresh_token"] = account.encrypted_refresh_token
    if all(_opens(first, token) for token in columns.values()):
        return CURRENT
    encrypted = {name: reencrypted(cipher, token) for name, token in columns.items()}
    if None in encrypted.values():
        return UNREADABLE
    mine = ConnectedAccount.filter(id=account.id, tokens_version=account.tokens_version)
    return DONE if await mine.update(**encrypted) else CURRENT


def _opens(key: Fernet, token: str) -> bool:
    try:
        key.decrypt(token.encode())
    except InvalidToken:
        return False
    return True
