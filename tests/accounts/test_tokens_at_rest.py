"""Tokens at rest: encrypted with the first of our keys, read with any of them, shown to nobody."""

from datetime import timedelta

import httpx2
import pytest
from cryptography.fernet import Fernet, InvalidToken
from pydantic import SecretStr
from support.api import ACCOUNTS_QUERY, User
from support.clock import FakeClock
from support.publishing import account, account_status, another_process, arrived, connect, due_post, on, refresh_token

from perennial.process import Process

SOON = timedelta(seconds=1)  # over by the time that a post falls due


def new_key() -> SecretStr:
    return SecretStr(Fernet.generate_key().decode())


async def test_tokens_are_kept_encrypted(alice: User, process: Process) -> None:
    refresh = refresh_token("alice")
    await connect(alice, "X", refresh)
    kept = await account(alice)
    (key,) = process.settings.token_keys
    cipher = Fernet(key.get_secret_value())
    assert cipher.decrypt(kept.encrypted_access_token) == b"sandbox-alice"
    assert cipher.decrypt(kept.encrypted_refresh_token or "") == refresh.encode()


async def test_an_account_shows_no_token_in_an_answer_or_in_its_own_words(alice: User) -> None:
    await connect(alice, "X", refresh_token("alice"))
    kept = await account(alice)
    shown = f"{await alice.execute(ACCOUNTS_QUERY)} {kept} {kept!r}"
    for secret in ("sandbox-", kept.encrypted_access_token, kept.encrypted_refresh_token or "none"):
        assert secret not in shown


async def test_after_a_rotation_old_rows_are_read_with_the_old_key(
    alice: User, clock: FakeClock, process: Process
) -> None:
    await connect(alice, "X")
    post = await due_post(alice, clock, x="Hello")
    keys = (new_key(), *process.settings.token_keys)
    async with another_process(process, token_keys=keys) as rotated:
        await rotated.publisher.publish_due()
    assert (await on(alice, post))["status"] == "PUBLISHED"


async def test_after_a_rotation_new_rows_are_written_with_the_first_key(
    alice: User, clock: FakeClock, process: Process
) -> None:
    await connect(alice, "X", refresh_token("alice"), expires=clock.now + SOON)
    await due_post(alice, clock, x="Hello")
    first, (old,) = new_key(), process.settings.token_keys
    async with another_process(process, token_keys=(first, old)) as rotated:
        await rotated.publisher.publish_due()
    kept = await account(alice)
    for token in (kept.encrypted_access_token, kept.encrypted_refresh_token or ""):
        assert Fernet(first.get_secret_value()).decrypt(token).startswith(b"sandbox-")
        with pytest.raises(InvalidToken):
            Fernet(old.get_secret_value()).decrypt(token)


async def test_a_token_that_no_key_decrypts_is_not_sent_and_is_tried_again(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(alice, "X")
    post = await due_post(alice, clock, x="Hello")
    async with another_process(process, token_keys=(new_key(),)) as without_the_key:
        await without_the_key.publisher.publish_due()
    shown = await on(alice, post)
    assert (shown["status"], shown["attempts"], shown["errorCode"]) == ("SCHEDULED", 1, "TOKEN_UNREADABLE")
    assert await arrived(sandbox) == []
    clock.advance(minutes=1)
    await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == "PUBLISHED"


async def test_a_refresh_token_that_no_key_decrypts_says_so_and_does_not_cost_the_account(
    alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(alice, "X", refresh_token("alice"), expires=clock.now + SOON)
    post = await due_post(alice, clock, x="Hello")
    async with another_process(process, token_keys=(new_key(),)) as without_the_key:
        await without_the_key.publisher.publish_due()
    shown = await on(alice, post)
    assert (shown["status"], shown["errorCode"]) == ("SCHEDULED", "TOKEN_UNREADABLE")
    assert await account_status(alice) == "ACTIVE"
    assert (await account(alice)).refresh_lease_expires_at is None
    assert await arrived(sandbox) == []
