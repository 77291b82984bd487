"""docs/refusals.md against publish_due and connectAccount: what becomes of publication, account and platform."""

from datetime import timedelta

import httpx2
import pytest
from support.api import ACCOUNTS_QUERY, CONNECT_ACCOUNT, User
from support.clock import FakeClock
from support.pages.refusals import Row, name, of
from support.publishing import account, connect, due_post, fail, on, refresh_token, row, state_of

from perennial.core.states import Platform
from perennial.platforms import identifying
from perennial.process import Process

pytestmark = pytest.mark.one_dialect

OPERATIONS = {"publishing": "create", "publishing with a new token": "create", "refreshing": "token"}


async def due(answer: Row, alice: User, clock: FakeClock, sandbox: httpx2.AsyncClient) -> dict[str, object]:
    """A post of Alice's that is due while her platform gives this answer."""
    if answer.operation == "refreshing":
        soon = clock.now + timedelta(seconds=1)
        await connect(alice, answer.platform, refresh_token("alice"), expires=soon)
    elif answer.operation == "publishing":
        await connect(alice, answer.platform)
    post: dict[str, object] = await due_post(alice, clock, **{answer.platform.lower(): "Hello"})
    if answer.operation == "publishing with a new token":
        await connect(alice, answer.platform)
    await fail(sandbox, answer.platform, operation=OPERATIONS[answer.operation], **answer.fault)
    return post


@pytest.mark.parametrize("answer", of(*OPERATIONS), ids=name)
async def test_what_becomes_of_publication_account_and_platform(
    answer: Row, alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    post = await due(answer, alice, clock, sandbox)
    await process.publisher.publish_due()
    shown = await on(alice, post, answer.platform)
    assert (shown["status"], shown["errorCode"]) == answer.told
    his = await account(alice, answer.platform)
    is_waiting = his.blocked_until is not None and his.blocked_until > clock.now
    assert f"`{his.status.name}`{', waits' if is_waiting else ''}" == answer.account
    assert await state_of(Platform[answer.platform]) == answer.state
    if answer.waits:
        assert shown["attempts"] == 0
        await sandbox.delete("/faults")
        clock.now = (await row(post, answer.platform)).next_attempt_time
        await process.publisher.publish_due()
        assert (await on(alice, post, answer.platform))["status"] == "PUBLISHED", "it goes on once it is mended"
        assert await state_of(Platform[answer.platform]) == "serves"


@pytest.mark.parametrize("answer", of("looking for a post in doubt"), ids=name)
async def test_what_becomes_of_a_post_that_is_looked_for(
    answer: Row, alice: User, clock: FakeClock, process: Process, sandbox: httpx2.AsyncClient
) -> None:
    await connect(alice, answer.platform)
    post = await due_post(alice, clock, x="Hello")
    await fail(sandbox, "X", status=503, after_accepting=True)
    await process.publisher.publish_due()
    await fail(sandbox, "X", operation="timeline", **answer.fault)
    for _ in range(3):
        clock.now = (await row(post)).next_attempt_time
        await process.publisher.publish_due()
        shown = await on(alice, post)
        assert (shown["status"], shown["errorCode"]) == answer.told
    assert f"`{(await account(alice)).status.name}`" == answer.account
    assert await state_of(Platform.X) == answer.state
    await sandbox.delete("/faults")
    clock.now = (await row(post)).next_attempt_time
    await process.publisher.publish_due()
    assert (await on(alice, post))["status"] == "PUBLISHED", "it is found once it is mended"


@pytest.mark.parametrize("answer", of("connecting"), ids=name)
async def test_what_a_client_is_told_that_connects_an_account(
    answer: Row, alice: User, sandbox: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identifying, "NOT_YET_PAUSES", (0.0,))
    await fail(sandbox, answer.platform, operation="me", **answer.fault)
    given = {"platform": answer.platform, "accessToken": "sandbox-alice"}
    refused = await alice.refused(CONNECT_ACCOUNT, input=given)
    assert (refused.code,) == answer.told
    assert await alice.do(ACCOUNTS_QUERY) == []
