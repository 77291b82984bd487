"""Rotating the keys: all tokens are sealed with the first key, so that the others can be taken away."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.fernet import Fernet, MultiFernet

from perennial.accounts import reencrypting
from perennial.accounts._encryption import decrypt, encrypt
from perennial.accounts.reencrypting import CURRENT, DONE, UNREADABLE, reencrypt
from perennial.accounts.refreshing import Refresher
from perennial.core.ids import new_id
from perennial.core.states import AccountStatus, Platform
from perennial.db.models import ConnectedAccount
from perennial.platforms.transport import Tokens

NEW, OLD, OLDER, LOST = (Fernet.generate_key().decode() for _ in range(4))
ALL = [NEW, OLD, OLDER]
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
Columns = dict[str, Any]


def ring(*keys: str) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def pair(owner: str, access_key: str, refresh_key: str | None = None) -> Columns:
    """The owner's tokens, each sealed with its key."""
    refresh = encrypt(ring(refresh_key), f"refresh-{owner}") if refresh_key else None
    access = encrypt(ring(access_key), f"access-{owner}")
    return {"encrypted_access_token": access, "encrypted_refresh_token": refresh}


async def add(owner: str, *keys: str, platform: Platform = Platform.X) -> UUID:
    account = ConnectedAccount(
        id=new_id(),
        clerk_user_id=owner,
        platform=platform,
        account_id=owner,
        connected_time=NOW,
        **pair(owner, *keys),
    )
    await ConnectedAccount.bulk_create([account])
    return account.id


async def tokens(key: str) -> dict[str, tuple[str, str | None]]:
    """Every owner's tokens, opened with that key alone. Raises where it does not open one."""
    found = {}
    for row in await ConnectedAccount.all():
        refresh = row.encrypted_refresh_token
        access = decrypt(ring(key), row.encrypted_access_token)
        found[row.clerk_user_id] = (access, decrypt(ring(key), refresh) if refresh else None)
    return found


async def rows() -> list[Columns]:
    return list(await ConnectedAccount.all().order_by("id").values())


@pytest.fixture(autouse=True)
async def _no_accounts(database: str) -> None:
    await ConnectedAccount.all().delete()


async def test_what_any_key_opens_the_first_one_opens_afterwards() -> None:
    await add("alice", OLD, OLD)
    await add("bob", OLDER, OLD)
    await add("carol", NEW, OLDER)
    await add("dave", OLDER, NEW)
    assert await reencrypt(ALL) == {DONE: 4}
    assert await tokens(NEW) == {
        name: (f"access-{name}", f"refresh-{name}") for name in ("alice", "bob", "carol", "dave")
    }


async def test_an_account_without_a_refresh_token_still_has_none() -> None:
    await add("alice", OLD)
    await add("bob", NEW)
    assert await reencrypt(ALL) == {DONE: 1, CURRENT: 1}
    assert await tokens(NEW) == {"alice": ("access-alice", None), "bob": ("access-bob", None)}


async def test_nothing_but_the_seals_is_changed() -> None:
    await add("alice", OLD, OLD)
    [before] = await rows()
    await reencrypt(ALL)
    [after] = await rows()
    changed = {name for name, value in before.items() if after[name] != value}
    assert changed == {"encrypted_access_token", "encrypted_refresh_token"}


async def test_done_twice_it_changes_nothing_more() -> None:
    await add("alice", OLD, OLD)
    await add("bob", NEW)
    await reencrypt(ALL)
    once = await rows()
    assert await reencrypt(ALL) == {CURRENT: 2}
    assert await reencrypt([NEW]) == {CURRENT: 2}
    assert await rows() == once


@pytest.mark.parametrize("keys", [(LOST,), (LOST, OLD), (OLD, LOST), (NEW, LOST)], ids=["both", "1st", "2nd", "half"])
async def test_tokens_that_no_key_opens_are_counted_left_alone_and_hinder_no_other(keys: tuple[str, ...]) -> None:
    await add("alice", OLD)
    lost = await add("bob", *keys)
    await add("carol", OLDER)
    before = await ConnectedAccount.filter(id=lost).values()
    assert await reencrypt(ALL) == {DONE: 2, UNREADABLE: 1}
    assert await ConnectedAccount.filter(id=lost).values() == before
    await ConnectedAccount.filter(id=lost).delete()
    assert (await tokens(NEW)).keys() == {"alice", "carol"}


@pytest.mark.parametrize("token", ["", "no token", "gAAAA", "é", "x" * 5000])
async def test_what_was_never_sealed_is_unreadable_too(token: str) -> None:
    await add("alice", OLD)
    await ConnectedAccount.all().update(encrypted_access_token=token)
    assert await reencrypt(ALL) == {UNREADABLE: 1}


async def test_disconnected_accounts_have_no_tokens_and_are_passed_over() -> None:
    gone = await add("alice", OLD)
    none = {"encrypted_access_token": "", "encrypted_refresh_token": None}
    await ConnectedAccount.filter(id=gone).update(status=AccountStatus.DISCONNECTED, **none)
    await add("bob", OLD)
    assert await reencrypt(ALL) == {DONE: 1}
    assert await ConnectedAccount.filter(id=gone).values(*none) == [none]


@pytest.mark.parametrize("number", [0, 1, 2, 3, 4, 5])
async def test_every_page_is_done(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr(reencrypting, "PAGE_SIZE", 2)
    names = [f"user-{one}" for one in range(number)]
    for name in names:
        await add(name, OLD, OLDER)
    assert await reencrypt(ALL) == ({DONE: number} if number else {})
    assert (await tokens(NEW)).keys() == set(names)


async def test_tokens_that_were_replaced_meanwhile_are_not_overwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    await add("alice", OLD, OLD)
    reseal = reencrypting._reencrypt

    async def after_they_are_replaced(account: ConnectedAccount, *keys: Any) -> str:
        newer = pair("alice-anew", NEW, NEW) | {"tokens_version": account.tokens_version + 1}
        await ConnectedAccount.filter(id=account.id).update(**newer)
        return await reseal(account, *keys)

    monkeypatch.setattr(reencrypting, "_reencrypt", after_they_are_replaced)
    await reencrypt(ALL)
    assert await tokens(NEW) == {"alice": ("access-alice-anew", "refresh-alice-anew")}


async def test_an_account_that_is_disconnected_meanwhile_is_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    await add("alice", OLD)
    await add("bob", OLD)
    reseal = reencrypting._reencrypt

    async def after_alice_left(*of: Any) -> str:
        await ConnectedAccount.filter(clerk_user_id="alice").delete()
        return await reseal(*of)

    monkeypatch.setattr(reencrypting, "_reencrypt", after_alice_left)
    await reencrypt(ALL)
    assert await tokens(NEW) == {"bob": ("access-bob", None)}


class Slow:
    """A platform that renews the access token alone, while the tokens are sealed anew."""

    async def refresh(self, refresh_token: str, now: datetime) -> Tokens:
        assert refresh_token == "refresh-alice"
        assert await reencrypt(ALL) == {DONE: 1}
        return Tokens("access-renewed", None, timedelta(days=60))


async def test_a_refresh_that_was_out_meanwhile_keeps_its_refresh_token_sealed_with_the_first_key() -> None:
    await add("alice", OLD, OLD, platform=Platform.LINKEDIN)
    refresher = Refresher({Platform.LINKEDIN: Slow()}, ring(*ALL), asyncio.Event())  # type: ignore[dict-item]
    await refresher.refresh(await ConnectedAccount.get(), NOW)
    assert await tokens(NEW) == {"alice": ("access-renewed", "refresh-alice")}
