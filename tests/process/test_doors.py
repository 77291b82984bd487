"""Whatever cannot work ends with one line on standard error, at every door, without a password.

The exit code is 1, and 2 where the command itself was given in a wrong way.
"""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from support.processes import completed
from support.production.starts import (
    BY_WORDS,
    DOORS,
    MIGRATE,
    REENCRYPT,
    SANDBOX,
    SERVER,
    WORKER,
    WRONG_USAGE,
    Start,
    at_every_door,
    complaints,
    production,
)
from support.stores.refusing import PASSWORD

from perennial.db.folder_lock import exclusive_folder


def refused_by_the_settings() -> list[Start]:
    whole = production(f"postgres://app:{PASSWORD}@127.0.0.1:1/perennial")
    halves = {name: whole.get(name, "a value") for name in ("REDIS_URL", "PERENNIAL_ISSUER", "PERENNIAL_JWT_KEY")}
    misspelt = {name.replace("DATABASE", "DATABSE"): value for name, value in whole.items()}
    other_name = {"REDIS_URL": whole["REDIS_URL"], "DATABASE_URI": whole["DATABASE_URL"]}
    away = {"PERENNIAL_HOST": "192.0.2.7"}
    return [
        Start(
            "number", SERVER, whole | {"PERENNIAL_PORT": "http"}, ("PERENNIAL_PORT has to be a whole number from 0",)
        ),
        Start("name", WORKER, misspelt | {"PERENNIAL_MODE": "production"}, ("DATABSE_URL", "is DATABASE_URL meant?")),
        Start("option", MIGRATE, whole | {"DATABASE_URL": f"{whole['DATABASE_URL']}?sslmod=require"}, ("sslmode",)),
        Start("half", SERVER, {"REDIS_URL": whole["REDIS_URL"]}, ("DATABASE_URL is missing, though REDIS_URL is set",)),
        *at_every_door("half", halves, "DATABASE_URL is missing, though REDIS_URL, PERENNIAL_ISSUER and PERENNIAL_JWT"),
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


def in_another_form() -> list[Start]:
    """Values as env files, consoles and other programs have them."""
    url, redis = f"postgres://app:{PASSWORD}@127.0.0.1:1/perennial", f"redis://:{PASSWORD}@127.0.0.1:1/0"
    at = "127.0.0.1:1/perennial"
    databases = {
        f'"{url}"': "DATABASE_URL is in quotes",
        f"'{url}'": "DATABASE_URL is in quotes",
        f"postgresql+asyncpg://app:{PASSWORD}@{at}": "DATABASE_URL names a driver in its scheme",
        f"jdbc:postgresql://{at}?user=app&password={PASSWORD}": "DATABASE_URL is a URL for JDBC",
        f"host=127.0.0.1 port=1 dbname=perennial password={PASSWORD}": "DATABASE_URL is a list of keywords",
        f"psql {url}": "DATABASE_URL is a command",
        f"DATABASE_URL={url}": "DATABASE_URL begins with a variable's name",
        f"mysql://app:{PASSWORD}@{at}": "DATABASE_URL has another scheme: it has to begin with postgres:// or",
        f"app:{PASSWORD}@{at}": "DATABASE_URL has no scheme: it has to begin with postgres:// or postgresql://",
        f"postgres://app:{PASSWORD}/1@{at}": "DATABASE_URL is not a postgres://… URL",
    }
    redises = {
        f'"{redis}"': "REDIS_URL is in quotes",
        f"redis-cli -u {redis}": "REDIS_URL is a command",
        f"redis-cli --tls -u {redis}": "REDIS_URL is a command",
        f"https://:{PASSWORD}@127.0.0.1:1": "REDIS_URL is the address of an API by HTTP",
        f"redis-sentinel://:{PASSWORD}@127.0.0.1:1/main": "REDIS_URL has another scheme: Sentinels are named by",
        f":{PASSWORD}@127.0.0.1:1/0": "REDIS_URL has no scheme",
    }
    whole, quoted = production(url), {"PERENNIAL_PORT": '"8000"'}
    return [
        *at_every_door("quotes", whole | quoted, "PERENNIAL_PORT is in quotes", doors=(*DOORS, *BY_WORDS)),
        *(Start("form", MIGRATE, whole | {"DATABASE_URL": value}, (says,)) for value, says in databases.items()),
        *(Start("form", WORKER, whole | {"REDIS_URL": value}, (says,)) for value, says in redises.items()),
        *(
            Start("password", door, whole | {f"PERENNIAL_{name}": f"https://u:{PASSWORD}@away.example"}, (name, "user"))
            for name, door in [
                *(("X_API_URL", door) for door in DOORS),
                *((name, MIGRATE) for name in ("ISSUER", "JWKS_URL", "LINKEDIN_API_URL", "LINKEDIN_OAUTH_URL")),
            ]
        ),
        Start("host", SERVER, whole | {"PERENNIAL_HOST": f"http://u:{PASSWORD}@h"}, ("PERENNIAL_HOST has to be an",)),
    ]


def given_in_a_wrong_way() -> list[Start]:
    """Exit code 2, and nothing is done: no argument is passed over."""
    secret = f"--database-url=postgres://app:{PASSWORD}@127.0.0.1:1/perennial"
    return [
        *(Start("argument", (*door, secret), {}, ("no arguments", "--help"), 2) for door in (*DOORS, *BY_WORDS)),
        Start("no word", ("-m", "perennial"), {}, ("command", "perennial --help"), WRONG_USAGE),
        Start("no such word", ("-m", "perennial", "serve"), {}, ("'serve'", "perennial --help"), WRONG_USAGE),
        *(
            Start("sandbox", (*door, *arguments), {}, (says, "perennial sandbox --help"), WRONG_USAGE)
            for door in (SANDBOX, ("-m", "perennial", "sandbox"))
            for arguments, says in (
                (("--port", "eighty"), "'eighty' is no port"),
                (("--port", "65536"), "'65536' is no port"),
                (("--port", "0", "--host", "192.0.2.7"), "--host"),
            )
        ),
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
        Start("record", (*SANDBOX, "--port", "0", "--record", str(folder)), {}, ("--record", str(folder))),
        Start("locked", SERVER, at("locked"), locked),
        Start("locked", MIGRATE, at("locked"), locked),
        Start("unwritable", MIGRATE, at("unwritable"), ("PERENNIAL_VAR_DIR", "cannot be written")),
        Start("a file", SERVER, at("broken/perennial.sqlite3"), ("PERENNIAL_VAR_DIR", "cannot be written")),
        Start("no folder", SERVER, at("no-redis"), ("PERENNIAL_VAR_DIR", str(folder / "no-redis" / "redis"))),
        Start("no database", REENCRYPT, with_keys, ("PERENNIAL_VAR_DIR", "not a database", "backup")),
    ]


@pytest.fixture
def taken() -> Iterator[str]:
    """A port that another program has."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield str(listener.getsockname()[1])


async def test_what_the_settings_or_the_machine_do_not_allow_ends_in_one_line(taken: str, tmp_path: Path) -> None:
    with exclusive_folder(tmp_path / "locked"):
        assert await complaints([*refused_by_the_settings(), *refused_by_the_machine(taken, tmp_path)]) == []


async def test_what_is_written_as_something_else_is_called_what_it_is() -> None:
    assert await complaints(in_another_form()) == []


async def test_wrong_usage_ends_with_a_code_of_its_own_and_does_nothing() -> None:
    """Each is a process from its first line on, so nothing that is said as Python begins is missed either."""
    assert await complaints(given_in_a_wrong_way(), completed) == []
