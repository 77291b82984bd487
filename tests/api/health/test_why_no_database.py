"""Why the database does not let us in is said in the same words by the line of a start, the log and /readyz."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from pydantic import SecretStr
from support.stores.pgbouncer import NO_PGBOUNCER, OwnPgBouncer, pgbouncer
from support.stores.postgres import NO_POSTGRES
from support.stores.refusing import PASSWORD, RefusingPostgres, refusing_postgres
from tortoise import connections

from perennial.api.health._readiness import readiness
from perennial.core.errors import SettingsError
from perennial.db.connection import CONNECTION, config
from perennial.db.pool import PoolClient
from perennial.db.starting.looks import check_writable
from perennial.db.starting.refusals import cause, naming
from perennial.process import Process
from perennial.settings import Settings

pytestmark = pytest.mark.one_dialect

REFUSED = [
    ("app:hunter2-not@/own", "the password is refused", "correct the user or the password"),
    ("bob:hunter2@/own", "the password is refused", "correct the user or the password"),
    ("app:hunter2@/elsewhere", "there is no such database", "create it, or correct its name"),
]


@pytest.fixture(scope="module")
async def postgres() -> AsyncIterator[RefusingPostgres]:
    async with refusing_postgres() as server:
        if server is None:
            pytest.skip(NO_POSTGRES)
        yield server


@pytest.fixture(scope="module", params=["md5", "scram-sha-256"])
async def pooler(postgres: RefusingPostgres, request: pytest.FixtureRequest) -> AsyncIterator[OwnPgBouncer]:
    """One that asks for passwords, and knows nobody else than `app`, and somebody whom the server does not know."""
    with pgbouncer(postgres.server.url, request.param, app=PASSWORD, carol=PASSWORD) as found:
        if found is None:
            pytest.skip(NO_PGBOUNCER)
        yield found


async def what_is_said(url: str, process: Process) -> tuple[str, str, str]:
    """The line of a start, what the log says of a running process, and what /readyz does."""
    settings = Settings().model_copy(update={"database_url": SecretStr(url), "database_pool_size": 2})
    with pytest.raises(SettingsError) as refused, naming(settings):
        await check_writable(config(settings))
    credentials = config(settings)["connections"][CONNECTION]["credentials"] | {"minsize": 0}  # as after a failover
    token = connections.set(CONNECTION, PoolClient(**credentials, connection_name=CONNECTION))
    try:
        logged, told = [
            (await readiness(process, told_to_anybody=anybody))["database"] or "" for anybody in (False, True)
        ]
    finally:
        connections.reset(token)
    return str(refused.value), logged, told


def check(said: tuple[str, str, str], words: str, advice: str) -> None:
    for one in said[:2]:
        assert f"{words} (" in one
        assert one.endswith(advice)
    assert said[2] == f"{words}; {advice}"
    assert "hunter2" not in str(said)


@pytest.mark.parametrize(("where", "words", "advice"), REFUSED)
async def test_a_servers_refusal(
    postgres: RefusingPostgres, process: Process, where: str, words: str, advice: str
) -> None:
    check(await what_is_said(f"postgres://{where.replace('@', f'@127.0.0.1:{postgres.port}')}", process), words, advice)


@pytest.mark.parametrize(("where", "words", "advice"), REFUSED[:2])
async def test_a_poolers_refusal(pooler: OwnPgBouncer, process: Process, where: str, words: str, advice: str) -> None:
    """It has one code for everything that it refuses."""
    check(await what_is_said(pooler.url(f"postgres://{where}"), process), words, advice)


@pytest.mark.parametrize(("where", "words", "advice"), [REFUSED[2], ("carol:hunter2@/own", *REFUSED[0][1:])])
async def test_what_a_server_refuses_a_pooler(pooler: OwnPgBouncer, where: str, words: str, advice: str) -> None:
    """It tells whoever comes first. Others it lets wait, until it tries again after some seconds."""
    settings = Settings().model_copy(update={"database_url": SecretStr(pooler.url(f"postgres://{where}"))})
    with pytest.raises(asyncpg.ProtocolViolationError) as refused:
        await check_writable(config(settings))
    check((cause(refused.value), cause(refused.value), cause(refused.value, told_to_anybody=True)), words, advice)
