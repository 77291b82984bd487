"""What keeps Redis from taking a write is told in one sentence, with host, port and database, without the password."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import NoPermissionError
from support.processes import free_port
from support.stores.redis_servers import RedisServer, client_of, redis_server

from perennial.jobs.redis_check import check_redis, obstacle, write


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


async def sentence_about(url: str) -> str | None:
    """What is told of it."""
    async with client_of(url) as redis:
        return await check_redis(redis)


async def test_of_a_redis_that_takes_a_write_nothing_is_told(master):
    assert await sentence_about(master.url()) is None


@pytest.mark.parametrize(
    ("options", "user", "words"),
    [
        (["--requirepass", "hunter3"], ":hunter2@", "it does not accept the user or the password of REDIS_URL"),
        (["--requirepass", "hunter3"], "alice:hunter2@", "it does not accept the user or the password of REDIS_URL"),
        (["--requirepass", "hunter3"], "", "it wants a password, and REDIS_URL has none"),
        (["--user", "default", "on", "nopass", "~*", "&*", "+@all", "-set"], "", "its user may not do what is needed"),
        (["--replicaof", "127.0.0.1", "1"], "", "it is a replica, or was made one by a failover (READONLY)"),
        (["--replicaof", "127.0.0.1", "1", "--replica-serve-stale-data", "no"], "", "it takes no writes"),
        (["--min-replicas-to-write", "1"], "", "too few replicas follow it (NOREPLICAS)"),
        (["--maxmemory", "1", "--maxmemory-policy", "noeviction"], "", "it has reached its maxmemory (OOM)"),
        (["--maxclients", "1"], "", "it has too many clients"),
    ],
)
async def test_what_it_answers_is_told_in_words(tmp_path: Path, options: list[str], user: str, words: str):
    with redis_server(tmp_path, *options) as server, socket.create_connection(("127.0.0.1", server.port)):
        sentence = await sentence_about(server.url(user)) or ""
    assert sentence.startswith(f"Redis at 127.0.0.1:{server.port}, database 0: ")
    assert words in sentence
    assert "hunter" not in sentence


async def test_its_own_words_are_for_the_log_alone(tmp_path: Path):
    """They name users, for one."""
    options = ("--user", "alice", "on", "nopass", "~*", "&*", "+@all", "-set")
    with redis_server(tmp_path, *options) as server:
        async with client_of(server.url("alice:x@")) as redis:
            with pytest.raises(NoPermissionError) as refused:
                await write(redis)
            assert "alice" in obstacle(refused.value, redis)
            told = obstacle(refused.value, redis, told_to_anybody=True)
    assert told == "its user may not do what is needed; docs/production.md has the ACL line"


async def test_a_password_that_nobody_asked_for_and_a_database_that_is_not_there_are_told(master):
    assert "it has no password, but REDIS_URL has one" in (await sentence_about(master.url(":hunter2@")) or "")
    assert "no database of this number" in (await sentence_about(f"redis://127.0.0.1:{master.port}/99") or "")


Behave = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]


@asynccontextmanager
async def listening(behave: Behave) -> AsyncIterator[int]:
    """Something that is no Redis; its port."""
    server = await asyncio.start_server(behave, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


async def speak_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readline()
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    writer.close()


async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


@pytest.mark.parametrize(
    ("behave", "words"),
    [
        (say_nothing, "it does not answer in time"),
        (speak_http, "what listens there is no Redis"),
        (hang_up, "it closed the connection"),
    ],
)
async def test_what_is_no_redis_is_told_apart(behave: Behave, words: str):
    async with listening(behave) as port:
        assert f"127.0.0.1:{port}, database 0: {words}" in (await sentence_about(f"redis://127.0.0.1:{port}") or "")


async def test_who_closes_a_connection_with_tls_may_want_our_certificate():
    """With TLS 1.3 a server says so after the handshake, and may be gone before that is read."""
    async with listening(hang_up) as port:
        sentence = await sentence_about(f"rediss://127.0.0.1:{port}") or ""
    assert "ssl_certfile" in sentence
    assert "begins with rediss://" not in sentence, "it begins so"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("redis://:hunter2@127.0.0.1:{port}", "nobody listens there"),
        ("redis://:hunter2@localhost:{port}", "nobody listens there"),
        ("redis://:hunter2@nowhere.invalid", "its host's name cannot be resolved"),
        ("unix://:hunter2@/nowhere/redis.sock", "there is no such socket"),
        ("redis+sentinel://:hunter2@127.0.0.1:{port}/main", "its Sentinels know no such master"),
    ],
)
async def test_where_nothing_can_be_reached_is_told(url: str, words: str):
    sentence = await sentence_about(url.format(port=free_port())) or ""
    assert words in sentence
    assert "hunter2" not in sentence
