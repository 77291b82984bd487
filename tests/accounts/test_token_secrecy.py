"""Platforms' tokens are encrypted at rest, and in no answer, no error and no line of the log."""

import logging
from typing import Any

import httpx2
import pytest
import structlog
from support.api import ACCOUNTS_QUERY, CONNECT_ACCOUNT, User
from tortoise import Tortoise

from perennial.process import Process

ACCESS, REFRESH = "sandbox-s3cr3t-access", "sandbox-refresh-s3cr3t"
SECRET = "s3cr3t"
GIVEN = {"platform": "X", "accessToken": ACCESS, "refreshToken": REFRESH}
MUTATION = "mutation ($input: ConnectAccountInput!) { connectAccount(input: $input) { account { id } } }"


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Any:
    """All that is logged at INFO and above, by us and by the libraries, our lines rendered as they are written."""
    caplog.set_level(logging.INFO)
    old = structlog.get_config()
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.stdlib.render_to_log_kwargs],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    yield lambda: "\n".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    structlog.configure(**old)


async def test_the_database_holds_neither_token_in_the_clear(alice: User, process: Process) -> None:
    await alice.do(MUTATION, input=GIVEN)
    (row,) = await Tortoise.get_connection("default").execute_query_dict("SELECT * FROM connected_accounts")
    # The sandbox calls the account by its token, so its name is no secret here.
    columns = {name: str(value) for name, value in row.items() if name not in {"handle", "account_id"}}
    assert SECRET not in str(columns)
    assert columns["encrypted_access_token"] != columns["encrypted_refresh_token"]
    assert process.accounts.cipher.decrypt(columns["encrypted_access_token"]).decode() == ACCESS
    assert process.accounts.cipher.decrypt(columns["encrypted_refresh_token"]).decode() == REFRESH


async def test_no_field_of_an_account_shows_a_token(alice: User) -> None:
    fields = await alice.do('{ __type(name: "ConnectedAccount") { fields { name } } }')
    names = {field["name"] for field in fields["fields"]}
    assert names == {"id", "platform", "accountId", "handle", "status", "tokenExpiresAt", "expiresSoon"}
    account = await alice.do(CONNECT_ACCOUNT, input=GIVEN)
    answers = str([account, await alice.do(ACCOUNTS_QUERY)])
    assert ACCESS not in answers
    assert REFRESH not in answers


WRONG = [
    GIVEN | {"accessToken": [ACCESS]},
    GIVEN | {"accessToken": {"token": ACCESS}},
    GIVEN | {"refreshToken": [REFRESH]},
    GIVEN | {"platform": ACCESS},
    GIVEN | {"platform": [ACCESS]},
    GIVEN | {"expiresAt": ACCESS},
    GIVEN | {"expiresAt": {"at": ACCESS}},
    GIVEN | {"unknown": 1},
    {"platform": "X", "acessToken": ACCESS},
    {"platform": "X", "accessToken": ACCESS, "refreshTokn": REFRESH},
    {"platform": "X", "refreshToken": REFRESH},
    GIVEN | {"accessToken": f"{ACCESS} with spaces"},
    GIVEN | {"accessToken": f"nobodys-{SECRET}"},
    ACCESS,
    [ACCESS],
]

LITERALS = [
    f'platform: X, accessToken: ["{ACCESS}"]',
    f'platform: X, accessToken: {{token: "{ACCESS}"}}',
    f"platform: X, accessToken: {SECRET}",
    f'platform: "{ACCESS}", accessToken: "a"',
    f'platform: {SECRET}, accessToken: "a"',
    f'platform: X, acessToken: "{ACCESS}"',
    f'platform: X, accessToken: "{ACCESS}", unknown: 1',
    f'platform: X, accessToken: "{ACCESS}", expiresAt: "{ACCESS}"',
    f'platform: X, accessToken "{ACCESS}"',
    f"platform: X, accessToken {SECRET}",
    f'platform: X, accessToken: "{ACCESS}',
    f'platform: X, accessToken: """{ACCESS}""" """{ACCESS}"""',
    f'platform: X, accessToken: "\\"{SECRET}"',
]


async def test_an_error_about_a_value_does_not_quote_it(alice: User, log: Any) -> None:
    for wrong in WRONG:
        answer = await alice.execute(MUTATION, input=wrong)
        assert answer["errors"], wrong
        assert SECRET not in str(answer), wrong
    assert SECRET not in log()


async def test_an_error_about_a_literal_does_not_quote_it(alice: User, log: Any) -> None:
    for literal in LITERALS:
        answer = await alice.execute(f"mutation {{ connectAccount(input: {{ {literal} }}) {{ account {{ id }} }} }}")
        assert answer["errors"], literal
        assert SECRET not in str(answer), literal
    assert SECRET not in log()


@pytest.mark.parametrize("platform", ["X", "LINKEDIN"])
async def test_a_platform_that_quotes_the_token_does_not_give_it_away(
    alice: User, sandbox: httpx2.AsyncClient, platform: str, log: Any
) -> None:
    said = {"detail": f"Bad token {ACCESS}", "message": f"Bad token {ACCESS}", "title": ACCESS}
    for status in (400, 401, 403, 429, 500):
        fault = {"platform": platform, "operation": "me", "status": status, "body": said}
        await sandbox.post("/faults", json=fault)
        answer = await alice.execute(MUTATION, input=GIVEN | {"platform": platform})
        assert answer["errors"], status
        assert SECRET not in str(answer), status
    assert SECRET not in log()


async def test_a_bug_while_connecting_logs_no_token(
    alice: User, process: Process, monkeypatch: pytest.MonkeyPatch, log: Any
) -> None:
    async def fail(*_: object, **__: object) -> Any:
        raise RuntimeError("the database is on fire")

    monkeypatch.setattr("perennial.accounts.accounts.ConnectedAccount.bulk_create", fail)
    answer = await alice.execute(MUTATION, input=GIVEN)
    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert "the database is on fire" in log()
    assert SECRET not in log().replace("s3cr3t-access', handle", "")
    assert SECRET not in str(answer)
