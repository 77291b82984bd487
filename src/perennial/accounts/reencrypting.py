"""Re-encrypts every account's tokens with the first of our keys."""

from collections import Counter
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from perennial.accounts._encryption import reencrypt_token
from perennial.core.states import AccountStatus
from perennial.db.models import ConnectedAccount

PAGE_SIZE = 200
DONE, CURRENT, UNREADABLE = "re-encrypted", "already with the first key", "readable with none of the keys"


async def reencrypt(keys: list[str]) -> Counter[str]:
    """Re-encrypts tokens encrypted with other keys than the first; returns the number of accounts by their state."""
    first, cipher = Fernet(keys[0]), MultiFernet([Fernet(key) for key in keys])
    counts: Counter[str] = Counter()
    after = UUID(int=0)
    columns = ("id", "tokens_version", "encrypted_access_token", "encrypted_refresh_token")
    connected = ConnectedAccount.exclude(status=AccountStatus.DISCONNECTED)
    while page := await connected.filter(id__gt=after).order_by("id").limit(PAGE_SIZE).only(*columns):
        for account in page:
            counts[await _reencrypt(account, first, cipher)] += 1
        after = page[-1].id
    return counts


async def _reencrypt(account: ConnectedAccount, first: Fernet, cipher: MultiFernet) -> str:
    """Re-encrypts one account's tokens. Any that replaced them meanwhile are encrypted with the first key already."""
    columns = {"encrypted_access_token": account.encrypted_access_token}
    if account.encrypted_refresh_token is not None:
        columns["encrypted_refresh_token"] = account.encrypted_refresh_token
    if all(_can_decrypt(first, token) for token in columns.values()):
        return CURRENT
    new_columns = {name: reencrypt_token(cipher, token) for name, token in columns.items()}
    if None in new_columns.values():
        return UNREADABLE
    rows = ConnectedAccount.filter(id=account.id, tokens_version=account.tokens_version)
    return DONE if await rows.update(**new_columns) else CURRENT


def _can_decrypt(key: Fernet, token: str) -> bool:
    try:
        key.decrypt(token.encode())
    except InvalidToken:
        return False
    return True
