"""A DATABASE_URL leads where `psql "$DATABASE_URL"` leads: tried with a real PostgreSQL whose CA is a private one."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr
from support.environment import PRODUCTION
from support.processes import forked, free_port
from support.stores.catalogs import read_postgres
from support.stores.postgres import NO_POSTGRES
from support.stores.tls_postgres import TlsPostgres, tls_postgres

from perennial.core.errors import SettingsError
from perennial.db.connection import config, connect, postgres_config
from perennial.db.starting.looks import check_writable
from perennial.db.starting.refusals import naming
from perennial.settings import Settings

PASSWORD = "p@ss/w:o#r?d%+ \u00e4"
ESCAPED = "p%40ss%2Fw%3Ao%23r%3Fd%25+%20%C3%A4"
ASKED = "SELECT ssl, inet_server_port() FROM pg_stat_ssl WHERE pid = pg_backend_pid()"


@pytest.fixture(scope="module")
async def tls(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A server with TLS, alice and nobody with passwords, and bob with a certificate."""
    with tls_postgres() as server:
        if server is None:
            pytest.skip(NO_POSTGRES)
        await read_postgres(
            server.server.url,
            f"CREATE ROLE alice LOGIN PASSWORD '{PASSWORD}'",
            "CREATE ROLE nobody LOGIN PASSWORD 'hunter2'",
            "CREATE ROLE bob LOGIN",
            'CREATE DATABASE "na me" OWNER alice',
            "SELECT 1",
        )
        yield server


@pytest.fixture(scope="module")
def read_only() -> Iterator[TlsPostgres]:
    """Another server, which takes no writes."""
    with tls_postgres("default_transaction_read_only=on") as server:
        if server is None:
            pytest.skip(NO_POSTGRES)
        yield server


@pytest.fixture(autouse=True)
def _nothing_but_the_url(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither the home directory nor libpq's variables say anything of certificates and passwords."""
    for name in [name for name in os.environ if name.startswith("PG")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))


def url_of(tls: TlsPostgres, template: str, **more: Any) -> str:
    """The URL; `{at}` is the server's host and port, `{ca}` the file of its CA, by which `{verified}` checks it."""
    template = template.replace("{verified}", "sslmode=verify-full&sslrootcert={ca}")
    files = {"ca": tls.authority, "other": tls.other_authority, "crt": tls.certificate, "key": tls.key}
    return template.format(at=f"localhost:{tls.port}", port=tls.port, nobody=free_port(), **files, **more)


async def ours(url: str) -> tuple[bool, int] | None:
    """Whether our connection has TLS, and the server's port; None where there is none to be had."""
    try:
        connection = await connect(postgres_config(url, 2))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return None
    try:
        return tuple(await connection.fetchrow(ASKED))
    finally:
        await connection.close()


def psql(url: str) -> tuple[bool, int] | None:
    """The same of psql's, the control."""
    command = [shutil.which("psql"), "-XwAt", "-F", " ", "-c", ASKED, url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return None
    ssl, port = done.stdout.split()
    return ssl == "t", int(port)


@pytest.mark.parametrize(
    ("template", "encrypted"),
    [
        ("postgres://perennial@{at}/postgres?{verified}", True),
        ("postgresql://perennial@{at}/postgres?{verified}&target_session_attrs=read-write", True),
        ("postgres://perennial@localhost:{nobody},{at}/postgres?{verified}", True),
        ("postgres://perennial@/postgres?host=localhost&port={port}&{verified}", True),
        ("postgres://perennial@127.0.0.1:{port}/postgres?sslmode=verify-ca&sslrootcert={ca}", True),
        ("postgres://perennial@{at}/postgres?sslmode=require", True),
        ("postgres://perennial@{at}/postgres?ssl=true", True),
        ("postgres://perennial@{at}/postgres", True),
        ("postgres://bob@{at}/postgres?{verified}&sslcert={crt}&sslkey={key}", True),
        ("postgres://alice:{escaped}@{at}/na%20me?sslmode=disable", False),
        ("postgres://{at}/na%20me?user=alice&password={escaped}&sslmode=disable", False),
        ("postgres://nobody@{at}/na%20me?passfile={passfile}&sslmode=prefer&application_name=a%20b", True),
    ],
)  # fmt: skip
async def test_it_connects_as_psql_does(tls, tmp_path, template, encrypted):
    passfile = tmp_path / "passfile"
    passfile.write_text("*:*:na me:nobody:hunter2\n")
    passfile.chmod(0o600)
    url = url_of(tls, template, escaped=ESCAPED, passfile=passfile)
    assert psql(url) == (encrypted, tls.port)
    assert await ours(url) == (encrypted, tls.port)


@pytest.mark.parametrize(
    "template",
    [
        "postgres://perennial@{at}/postgres?sslmode=verify-full&sslrootcert={other}",
        "postgres://perennial@{at}/postgres?sslmode=verify-ca&sslrootcert={other}",
        "postgres://perennial@{at}/postgres?sslmode=verify-full",
        "postgres://perennial@127.0.0.1:{port}/postgres?{verified}",
        "postgres://perennial@{at}/postgres?sslmode=disable",
        "postgres://perennial@{at}/postgres?sslmode=require&sslrootcert={other}",
        "postgres://bob@{at}/postgres?{verified}",
        "postgres://alice:hunter2@{at}/postgres",
        "postgres://perennial@{at}/nowhere",
        "postgres://perennial@localhost:{nobody}/postgres",
    ],
)
async def test_it_is_refused_where_psql_is(tls, template):
    url = url_of(tls, template)
    assert psql(url) is None
    assert await ours(url) is None


async def test_of_several_hosts_the_one_that_takes_writes_is_chosen(tls, read_only):
    """Without the option it is the first."""
    hosts = f"postgres://perennial@localhost:{read_only.port},localhost:{tls.port}/postgres?sslmode=require"
    assert psql(hosts) == await ours(hosts) == (True, read_only.port)
    writes = f"{hosts}&target_session_attrs=read-write"
    assert psql(writes) == await ours(writes) == (True, tls.port)


async def test_a_socket_has_no_certificate_as_with_psql(tls):
    url = f"{tls.server.url}&sslmode=verify-full&sslrootcert={tls.authority}"
    assert await ours(url) == (False, None)


async def test_migrations_and_the_pool_are_connected_by_the_whole_url(tls):
    """This user comes in by TLS alone, and this CA is trusted by the URL alone."""
    url = url_of(tls, "postgres://perennial@{at}/perennial?{verified}")
    await read_postgres(tls.server.url, "CREATE DATABASE perennial", "SELECT 1")
    done = forked("-m", "perennial.migrate", **PRODUCTION | {"DATABASE_URL": url})
    assert done.returncode == 0, done.stderr
    assert "applied 0_" in done.stdout
    wrong = url.replace(str(tls.authority), str(tls.other_authority))
    assert forked("-m", "perennial.migrate", **PRODUCTION | {"DATABASE_URL": wrong}).returncode != 0


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("postgres://perennial:hunter2@{at}/nowhere", ["localhost:{port}/nowhere: there is no such database"]),
        ("postgres://alice:hunter2@{at}/postgres", ["localhost:{port}/postgres: the password is refused", '"alice"']),
        ("postgres://perennial:hunter2@127.0.0.1:{nobody}/postgres", ["127.0.0.1:", "nobody listens there"]),
        ("postgres://u:hunter2@127.0.0.1:{nobody},127.0.0.1:1/postgres", ["127.0.0.1:1/postgres: nobody listens"]),
        ("postgres://perennial@{at}/postgres?sslmode=verify-full&sslrootcert={other}", ["TLS fails", "self-signed"]),
        ("postgres://perennial@127.0.0.1:{port}/postgres?{verified}", ["TLS fails", "'127.0.0.1'"]),
        ("postgres://perennial@{at}/postgres?sslmode=disable", ["localhost:{port}/postgres: access", "pg_hba.conf"]),
        ("postgres://perennial@{at}/postgres?options=-c%20nonsense%3D1", ["it refuses", "nonsense"]),
    ],
)  # fmt: skip
async def test_why_there_is_no_connection_is_said_in_the_words_of_its_cause(tls, template, words):
    line = await refusal(url_of(tls, template))
    for one in words:
        assert one.format(port=tls.port) in line


async def refusal(url: str) -> str:
    """The one line by which a command would end."""
    settings = Settings().model_copy(update={"database_url": SecretStr(url)})
    with pytest.raises(SettingsError) as refused, naming(settings):
        await check_writable(config(settings))
    line = str(refused.value)
    assert line.startswith("DATABASE_URL: ")
    assert "hunter2" not in line
    assert "\n" not in line
    return line


async def test_a_host_that_takes_no_writes_is_said_to_be_none(read_only):
    url = f"postgres://perennial@localhost:{read_only.port}/postgres"
    assert "target_session_attrs asks for" in await refusal(f"{url}?target_session_attrs=read-write")
    assert "read-only" in await refusal(url)


async def test_the_connection_bears_our_name_unless_the_url_gives_it_another(tls):
    for option, name in (("", "perennial"), ("&application_name=a%20b", "a b")):
        connection = await connect(postgres_config(tls.server.url + option, 2))
        assert await connection.fetchval("SHOW application_name") == name
        await connection.close()
