"""One URL has one meaning: whatever connects to Redis, the process or its worker, connects to the same, as the same."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from support.stores.forwarder import forwarding
from support.stores.redis_servers import RedisServer, client_of, new_client, redis_server

from perennial.core.errors import SettingsError
from perennial.jobs import redis_connection
from perennial.jobs.redis_client import RedisClient
from perennial.jobs.redis_connection import connect_redis, connect_worker_redis

BOTH = pytest.mark.parametrize("connect", [connect_redis, connect_worker_redis])
PASSWORD = "a/b#c?d@e:f%g+h[i]"
ESCAPED = "a%2Fb%23c%3Fd%40e%3Af%25g+h%5Bi%5D"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis on a port and a socket, with a user alice whose password has to be escaped."""
    folder = tmp_path_factory.mktemp("redis")
    options = ("--unixsocket", str(folder / "a socket#1"), "--requirepass", "")
    with redis_server(folder, *options) as server:
        server.say("ACL", "SETUSER", "alice", "on", f">{PASSWORD}", "allkeys", "allchannels", "+@all")
        yield server


@BOTH
@pytest.mark.parametrize(
    ("rest", "user", "database"),
    [
        ("", "default", 0),
        ("/", "default", 0),
        ("/7", "default", 7),
        ("/7/", "default", 7),
        ("?db=7", "default", 7),
        (f"/3?username=alice&password={ESCAPED}", "alice", 3),
        ("/?socket_timeout=5&socket_keepalive=true&health_check_interval=1&max_connections=1", "default", 0),
    ],
)
async def test_a_url_leads_both_to_the_same_database_as_the_same_user(server, connect, rest, user, database):
    async with client_of(f"redis://127.0.0.1:{server.port}{rest}", connect) as redis:
        assert await who_and_where(server, redis) == (user, database)


@BOTH
async def test_users_and_passwords_are_unescaped_for_both(server, connect):
    async with client_of(f"redis://al%69ce:{ESCAPED}@127.0.0.1:{server.port}/2", connect) as redis:
        assert await who_and_where(server, redis) == ("alice", 2)


@BOTH
async def test_a_socket_whose_path_has_to_be_escaped_is_found_by_both(server, connect):
    path = server.say("CONFIG", "GET", "unixsocket")[1].replace(" ", "%20").replace("#", "%23")
    for url, user in ((f"unix://{path}?db=4", "default"), (f"unix://alice:{ESCAPED}@{path}?db=4", "alice")):
        async with client_of(url, connect) as redis:
            assert await who_and_where(server, redis) == (user, 4)


@BOTH
async def test_who_finds_all_connections_in_use_waits_for_one(server, connect, monkeypatch):
    monkeypatch.setattr(redis_connection, "WAIT_FOR_CONNECTION_SECONDS", 0.1)
    async with client_of(f"{server.url()}?max_connections=1", connect) as redis, redis.pipeline() as pipe:
        await pipe.watch("something")
        with pytest.raises(Exception, match="No connection available"):
            await redis.ping()


@BOTH
async def test_a_connection_that_is_lost_in_its_handshake_is_tried_again(server, connect):
    """A proxy accepts before it knows whether there is a Redis, and ends the connection where there is none."""
    ended = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        ended.append(writer)
        writer.transport.abort()
        if len(ended) == 2:
            forwarder.target = ("127.0.0.1", server.port)

    absent = await asyncio.start_server(accept, "127.0.0.1", 0)
    with forwarding(absent.sockets[0].getsockname()) as forwarder:
        async with client_of(f"redis://127.0.0.1:{forwarder.port}/7", connect) as redis:
            assert await who_and_where(server, redis) == ("default", 7)
    absent.close()
    assert len(ended) == 2


@BOTH
def test_files_that_cannot_be_used_are_refused_at_start(connect, tmp_path: Path):
    (tmp_path / "ca.pem").write_text("hunter2")
    for options in ("ssl_ca_certs=/nowhere/ca.pem", f"ssl_ca_certs={tmp_path}/ca.pem", "ssl_ciphers=hunter2"):
        with pytest.raises(SettingsError, match="its ssl_… options cannot be used") as refused:
            new_client(f"rediss://:hunter2@127.0.0.1?{options}", connect)
        assert "hunter2" not in str(refused.value)


async def who_and_where(server: RedisServer, redis: RedisClient) -> tuple[str, int]:
    """The user that the client is, and the database where it writes."""
    await redis.set(redis.name("here"), "1")
    found = []
    for number in range(16):
        with Redis(port=server.port, db=number) as other:
            found += [number] * other.delete(redis.name("here"))
    (database,) = found
    return await redis.acl_whoami(), database


@BOTH
async def test_a_connection_that_has_lost_its_user_is_left_for_one_that_logs_in(tmp_path: Path, connect):
    """As a proxy may forget who we are, or an operator may ask for a password from now on."""
    with redis_server(tmp_path, "--requirepass", "hunter2") as own:
        async with client_of(own.url(":hunter2@"), connect) as redis:
            await redis.execute_command("RESET")
            await redis.set("perennial:a", "1")
