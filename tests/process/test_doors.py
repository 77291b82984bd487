"""Whatever cannot work ends with exit code 1 and one line on standard error, at every door, without a password."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

import asyncpg
import pytest
from cryptography.fernet import Fernet
from support.environment import PRODUCTION
from support.processes import completed, forked, free_port
from support.stores.pgbouncer import pgbouncer
from support.stores.postgres import NO_POSTGRES
from support.stores.refusing import PASSWORD, RefusingPostgres, refusing_postgres

from perennial.db.folder_lock import exclusive_folder

SERVER, WORKER = ("server.py",), ("worker.py",)
MIGRATE, REENCRYPT = ("-m", "perennial.migrate"), ("-m", "perennial.reencrypt")
SANDBOX = ("-m", "perennial.sandbox")
AT_ONCE = 3  # processes: most of their time they read Python's modules


@dataclass(frozen=True)
class Start:
    """A start that cannot work: what is run, with which settings, and what its line has to say."""

    why: str
    command: tuple[str, ...]
    environment: dict[str, str]
    says: tuple[str, ...]


def production(database_url: str, **more: str) -> dict[str, str]:
    """A whole production on this database; its Redis is away, which keeps nothing from starting."""
    redis = {"REDIS_URL": f"redis://:{PASSWORD}@127.0.0.1:1/0", "PERENNIAL_PORT": "0"}
    return PRODUCTION | redis | {"DATABASE_URL": database_url} | more


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


def refused_by_the_settings() -> list[Start]:
    whole = production(f"postgres://app:{PASSWORD}@127.0.0.1:1/perennial")
    misspelt = {name.replace("DATABASE", "DATABSE"): value for name, value in whole.items()}
    other_name = {"REDIS_URL": whole["REDIS_URL"], "DATABASE_URI": whole["DATABASE_URL"]}
    away = {"PERENNIAL_HOST": "192.0.2.7"}
    return [
        Start("number", SERVER, whole | {"PERENNIAL_PORT": "http"}, ("PERENNIAL_PORT",)),
        Start("name", WORKER, misspelt | {"PERENNIAL_MODE": "production"}, ("DATABSE_URL", "is DATABASE_URL meant?")),
        Start("option", MIGRATE, whole | {"DATABASE_URL": f"{whole['DATABASE_URL']}?sslmod=require"}, ("sslmode",)),
        Start("half", SERVER, {"REDIS_URL": whole["REDIS_URL"]}, ("DATABASE_URL is missing", "REDIS_URL")),
        Start("URI", WORKER, other_name, ("DATABASE_URL is missing", "DATABASE_URI is set: is DATABASE_URL meant?")),
        Start("embedded", WORKER, {}, ("DATABASE_URL", "a worker of its own needs PostgreSQL")),
        *(
            Start("http", MIGRATE, whole | {f"PERENNIAL_{name}": "http://away.example"}, (f"PERENNIAL_{name}", "https"))
            for name in ("ISSUER", "JWKS_URL", "X_API_URL", "LINKEDIN_API_URL", "LINKEDIN_OAUTH_URL")
        ),
        Start("Redis", MIGRATE, whole | {"REDIS_URL": f"redis://:{PASSWORD}@127.0.0.1/zero"}, ("REDIS_URL", "number")),
        Start("proxy", SERVER, whole | {"HTTPS_PROXY": f"socks5://a:{PASSWORD}@127.0.0.1"}, ("HTTPS_PROXY", "SOCKS")),
        Start("proxy", WORKER, whole | {"http_proxy": f"http://a:{PASSWORD}#@127.0.0.1"}, ("HTTP_PROXY", "escaped")),
        Start("no keys", REENCRYPT, {}, ("PERENNIAL_TOKEN_KEYS is missing",)),
        Start("host", SERVER, whole | away, ("PERENNIAL_HOST", "cannot listen on 192.0.2.7:0")),
    ]


def refused_by_the_machine(taken: str, folder: Path) -> list[Start]:
    """A port, files and folders; `taken` is a port that is, and `folder`/locked is a folder that somebody has."""
    whole = production(f"postgres://app:{PASSWORD}@127.0.0.1:1/perennial")
    (folder / "unwritable" / "lock").mkdir(parents=True)
    (folder / "no-redis").mkdir()
    (folder / "no-redis" / "redis").touch()
    (folder / "broken").mkdir()
    (folder / "broken" / "perennial.sqlite3").write_text("This is no database. " * 100)

    def at(name: str) -> dict[str, str]:
        return {"PERENNIAL_VAR_DIR": str(folder / name), "PERENNIAL_PORT": "0"}

    locked = (str(folder / "locked"), "PERENNIAL_VAR_DIR", "in use by another Perennial")
    silent = f"postgres://app:{PASSWORD}@127.0.0.1:{taken}/perennial?connect_timeout=1"
    with_keys = at("broken") | {"PERENNIAL_TOKEN_KEYS": Fernet.generate_key().decode()}
    return [
        Start("port", SERVER, whole | {"PERENNIAL_PORT": taken}, ("PERENNIAL_PORT: another program listens on",)),
        Start("port", WORKER, whole | {"PERENNIAL_WORKER_PORT": taken}, ("PERENNIAL_WORKER_PORT", "is free")),
        Start("port", (*SANDBOX, "--port", taken), {}, ("--port", f"127.0.0.1:{taken}", "Address already in use")),
        Start("silent", MIGRATE, whole | {"DATABASE_URL": silent}, ("DATABASE_URL", taken, "does not answer in time")),
        Start("argument", (*SANDBOX, "--port", "eighty"), {}, ("--port", "eighty", "--help")),
        Start("record", (*SANDBOX, "--port", "0", "--record", str(folder)), {}, ("--record", str(folder))),
        Start("locked", SERVER, at("locked"), locked),
        Start("locked", MIGRATE, at("locked"), locked),
        Start("unwritable", MIGRATE, at("unwritable"), ("PERENNIAL_VAR_DIR", "cannot be written")),
        Start("a file", SERVER, at("broken/perennial.sqlite3"), ("PERENNIAL_VAR_DIR", "cannot be written")),
        Start("no folder", SERVER, at("no-redis"), ("PERENNIAL_VAR_DIR", str(folder / "no-redis" / "redis"))),
        Start("no database", REENCRYPT, with_keys, ("PERENNIAL_VAR_DIR", "not a database", "backup")),
    ]


async def complaints(starts: list[Start]) -> list[str]:
    """What is wrong with how these starts end. The first of each command is a process from its first line on."""
    with ThreadPoolExecutor(AT_ONCE) as places:
        loop, seen = asyncio.get_running_loop(), set[tuple[str, ...]]()
        ends = []
        for start in starts:
            run = forked if start.command in seen else completed
            seen.add(start.command)
            ends.append(loop.run_in_executor(places, lambda s=start, r=run: r(*s.command, **s.environment)))
        return [found for start, end in zip(starts, ends, strict=True) if (found := complaint(start, await end))]


def complaint(start: Start, end: "CompletedProcess[str]") -> str | None:
    """None if the process has ended as it should."""
    lines = end.stderr.splitlines()
    as_it_should = (
        end.returncode == 1
        and not end.stdout
        and len(lines) == 1
        and lines[0].startswith("perennial")
        and all(words in lines[0] for words in start.says)
        and PASSWORD not in lines[0]
    )
    said = f"{end.returncode}: {end.stdout}{end.stderr}"
    return None if as_it_should else f"{start.why}: {' '.join(start.command)} ended with {said}"


@pytest.fixture
def taken() -> Iterator[str]:
    """A port that another program has."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield str(listener.getsockname()[1])


async def test_what_the_settings_or_the_machine_do_not_allow_ends_in_one_line(taken: str, tmp_path: Path) -> None:
    with exclusive_folder(tmp_path / "locked"):
        assert await complaints([*refused_by_the_settings(), *refused_by_the_machine(taken, tmp_path)]) == []


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
