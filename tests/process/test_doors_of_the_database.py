"""What a PostgreSQL refuses ends a start with exit code 1 and one line: at every door, in the words of the cause."""

import signal
from pathlib import Path

import asyncpg
import pytest
from support.processes import free_port, run
from support.production.starts import MIGRATE, REENCRYPT, SERVER, WORKER, Start, at_every_door, complaints, production
from support.stores.pgbouncer import pgbouncer
from support.stores.postgres import NO_POSTGRES
from support.stores.refusing import PASSWORD, RefusingPostgres, refusing_postgres


def refused_by_the_database(postgres: RefusingPostgres) -> list[Start]:
    url, at = postgres.url, f"127.0.0.1:{postgres.port}"
    nobody = f"postgres://app:{PASSWORD}@127.0.0.1:{free_port()}/perennial"
    no_right = ("DATABASE_URL", f"{at}/bare", "role app may not create tables in the schema public", "GRANT")
    no_listener = ("DATABASE_URL", "127.0.0.1", "/perennial", "nobody listens there", "start the database")
    pending = ("DATABASE_URL", f"{at}/own", "migrations are pending (0_", "run perennial migrate")
    may_not = {"PERENNIAL_MIGRATE_ON_START": "false"}
    long_host = f"postgres://app:{PASSWORD}@{'a.' * 130}invalid/perennial"  # too long to be asked for
    other_ca = f"?sslmode=verify-full&sslrootcert={postgres.other_authority}"
    return [
        Start("no right to create", SERVER, production(url("bare")), no_right),
        Start("no right to create", MIGRATE, production(url("bare")), no_right),
        Start("nobody listens", WORKER, production(nobody), no_listener),
        Start("nobody listens", MIGRATE, production(nobody), no_listener),
        Start("nobody listens", REENCRYPT, production(nobody), no_listener),
        Start("host", MIGRATE, production(long_host), ("DATABASE_URL", "host's name cannot be resolved")),
        Start("no host", MIGRATE, production(url("own").replace("127.0.0.1", "a..b")), ("DATABASE_URL", "impossible")),
        Start(
            "password",
            SERVER,
            production(url("own", password="hunter2-not")),
            ("DATABASE_URL", f"{at}/own", "the password is refused", "app"),
        ),
        Start("role", MIGRATE, production(url("own", user="bob")), ("DATABASE_URL", "the password is refused", "bob")),
        Start("database", WORKER, production(url("elsewhere")), ("DATABASE_URL", "no such database", "elsewhere")),
        Start("number", REENCRYPT, production(url("own", user="late")), ("DATABASE_URL", "too many connections")),
        Start("TLS wanted", MIGRATE, production(url("tls", options="?sslmode=disable")), ("DATABASE_URL", "sslmode")),
        Start(
            "certificate",
            MIGRATE,
            production(url("tls", options=other_ca)),
            ("DATABASE_URL", "TLS fails", "unable to get local issuer certificate", "correct sslmode"),
        ),
        Start("parameter", MIGRATE, production(url("own", options="?options=-cbob%3D1")), ("DATABASE_URL", "bob")),
        Start("read-only", SERVER, production(url("standby")), ("DATABASE_URL", f"{at}/standby", "read-only")),
        Start("schema", MIGRATE, production(url("foreign_rows")), ("DATABASE_URL", "denied for table aerich", "grant")),
        Start("migrations", SERVER, production(url("own"), **may_not), pending),
        Start("migrations", WORKER, production(url("own"), **may_not), pending),
        Start("key", SERVER, production(url("own"), PERENNIAL_JWT_KEY="hunter2"), ("PERENNIAL_JWT_KEY", "PEM")),
    ]


def without_a_password(postgres: RefusingPostgres, home: Path) -> list[Start]:
    """Nobody gives one, or a file does that the driver passes over; each file is in a home of its own."""
    url = postgres.url("own").replace(f":{PASSWORD}@", "@")
    line = f"127.0.0.1:{postgres.port}:own:app:"
    files = {"wrong": (0o600, f"{line}another"), "open": (0o644, f"{line}{PASSWORD}"), "other": (0o600, "h:*:*:*:p")}
    for name, (mode, text) in files.items():
        (home / name).mkdir()
        (home / name / ".pgpass").write_text(f"{text}\n")
        (home / name / ".pgpass").chmod(mode)
    at = ("DATABASE_URL", f"127.0.0.1:{postgres.port}/own", "it wants a password", "put it into DATABASE_URL")
    none = production(url, HOME=str(home))
    opened = str(home / "open" / ".pgpass")
    return [
        *at_every_door(
            "no password", none, *at, "DATABASE_URL has no password, PGPASSWORD is not set, and there is no"
        ),
        *at_every_door("passfile", none | {"DATABASE_URL": f"{url}?passfile={opened}"}, "its passfile", "chmod 600"),
        Start(
            "~/.pgpass", MIGRATE, none | {"HOME": str(home / "open")}, (*at, "~/.pgpass is passed over", "chmod 600")
        ),
        Start("PGPASSFILE", MIGRATE, none | {"PGPASSFILE": opened}, (*at, "PGPASSFILE is passed over", "chmod 600")),
        Start("PGPASSFILE", MIGRATE, none | {"PGPASSFILE": "/nowhere/p"}, (*at, "PGPASSFILE names no file that can")),
        *(
            Start(name, MIGRATE, none | {"HOME": str(home / name)}, (*at, "~/.pgpass has none for this host", "or not"))
            for name in ("wrong", "other")
        ),
        Start("PGPASSWORD", MIGRATE, none | {"PGPASSWORD": "hunter2-not"}, ("the password is refused", "app")),
    ]


async def test_where_no_password_is_given_that_is_said_and_a_wrong_one_is_called_wrong(tmp_path: Path) -> None:
    async with refusing_postgres() as postgres:
        if postgres is None:
            pytest.skip(NO_POSTGRES)
        assert await complaints(without_a_password(postgres, tmp_path)) == []
        works = tmp_path / "works"
        works.mkdir()
        (works / ".pgpass").write_text(f"*:*:own:app:{PASSWORD}\n")
        (works / ".pgpass").chmod(0o600)
        url = postgres.url("own").replace(f":{PASSWORD}@", "@")
        assert "applied" in run(*MIGRATE, **production(url, HOME=str(works)))


async def test_a_server_without_tls_is_called_that() -> None:
    async with refusing_postgres() as postgres:
        if postgres is None:
            pytest.skip(NO_POSTGRES)
        operator = await asyncpg.connect(postgres.server.url)
        await operator.execute("ALTER SYSTEM SET ssl = off")
        await operator.execute("SELECT pg_reload_conf()")
        await operator.close()
        says = (
            "DATABASE_URL",
            f"127.0.0.1:{postgres.port}/own",
            "it speaks no TLS, which sslmode asks for",
            "ssl = on",
        )
        url = production(postgres.url("own", options="?sslmode=require"))
        by_variable = production(postgres.url("own"), PGSSLMODE="require")
        starts = [*at_every_door("TLS", url, *says), Start("TLS", MIGRATE, by_variable, says)]
        assert await complaints(starts) == []


async def test_what_the_database_refuses_ends_in_one_line() -> None:
    async with refusing_postgres() as postgres:
        if postgres is None:
            pytest.skip(NO_POSTGRES)
        starts = refused_by_the_database(postgres)
        with pgbouncer(postgres.server.url) as pooler:
            if pooler is not None:
                url = f"{pooler.url(postgres.server.url)}&options=-cgeqo%3Doff"
                says = ("DATABASE_URL", "it does not take the connection", "unsupported startup parameter")
                starts.append(Start("pooler", MIGRATE, production(url), says))
            assert await complaints(starts) == []
        held = await asyncpg.connect(postgres.server.url)
        postgres.server.signal(signal.SIGTERM)  # it waits for that session, and lets nobody in any more
        says = ("DATABASE_URL", "it lets nobody in just now", "try again")
        try:
            assert await complaints([Start("going down", MIGRATE, production(postgres.url("own")), says)]) == []
        finally:
            await held.close()
