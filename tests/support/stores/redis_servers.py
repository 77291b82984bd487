"""Redis servers on ports of loopback: alone, as replicas, with TLS or watched by Sentinels; and what stands before."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
from pydantic import SecretStr

from perennial.embedded._redis_server import find_server
from perennial.jobs.redis_client import RedisClient
from perennial.jobs.redis_connection import connect_redis
from perennial.settings import Settings
from support.processes import free_port, stop, until

NO_SENTINEL = "no redis-sentinel: it is not installed"


@dataclass(frozen=True)
class RedisServer:
    """A running server."""

    port: int
    process: "subprocess.Popen[bytes]"
    password: str | None = None

    def url(self, user: str = "") -> str:
        """Its URL, database 0."""
        return f"redis://{user}127.0.0.1:{self.port}/0"

    def say(self, *command: Any) -> Any:
        """Gives it a command, as an operator does."""
        with redis.Redis(port=self.port, password=self.password, decode_responses=True) as client:
            return client.execute_command(*command)

    def follow(self, other: "RedisServer") -> None:
        """Makes it a replica of another; its clients stay."""
        self.say("REPLICAOF", "127.0.0.1", other.port)

    @property
    def follows(self) -> bool:
        """Whether it is a replica that is up to date."""
        return bool(self.say("INFO", "replication").get("master_link_status") == "up")

    def lead(self) -> None:
        """Makes it a master."""
        self.say("REPLICAOF", "NO", "ONE")


@contextmanager
def redis_server(folder: Path, *options: str, program: tuple[str, str] | None = None) -> Iterator[RedisServer]:
    """A server with its log in the folder; `program` is what is run and what it is called."""
    folder.mkdir(parents=True, exist_ok=True)
    path, called = program or (find_server(), "redis-server")
    assert path is not None
    port = free_port()
    command = (
        [called, *options] if called == "redis-sentinel" else [called, "--port", str(port), "--save", "", *options]
    )
    with (folder / "redis.log").open("ab") as log:
        process = subprocess.Popen(command, executable=path, cwd=folder, stdout=log, stderr=log)
    password = options[options.index("--requirepass") + 1] if "--requirepass" in options else None
    server = RedisServer(port, process, password or None)
    try:
        if called != "redis-sentinel":  # which has its port from its file
            until(lambda: _answers(port), "the Redis answers")
        yield server
    finally:
        stop(process)


def debians_program() -> str | None:
    """The program of Debian's redis-sentinel, which is a server with TLS as well, by what it is called."""
    return shutil.which("redis-sentinel")


def _answers(port: int) -> bool:
    """Whether it answers anything at all."""
    try:
        with redis.Redis(port=port) as client:
            return bool(client.ping())
    except redis.RedisError as error:
        return not isinstance(error, redis.ConnectionError) or isinstance(error, redis.AuthenticationError)


@contextmanager
def redis_sentinel(folder: Path, master: RedisServer, name: str, *lines: str) -> Iterator[int]:
    """A Sentinel that takes the master for down after half a second, and decides alone; its port."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "sentinel.conf"
    config = [
        f"port {port}",
        f"dir {folder}",
        f"sentinel monitor {name} 127.0.0.1 {master.port} 1",
        f"sentinel down-after-milliseconds {name} 500",
        f"sentinel failover-timeout {name} 3000",
        *lines,
    ]
    file.write_text("\n".join(config) + "\n")
    program = debians_program()
    assert program is not None
    with redis_server(folder, str(file), program=(program, "redis-sentinel")):
        until(lambda: _answers(port), "the Sentinel answers")
        yield port


def new_client(url: str, connect: Any = connect_redis, **settings: Any) -> RedisClient:
    """The same, which the caller closes."""
    client: RedisClient = connect(Settings().model_copy(update={"redis_url": SecretStr(url), **settings}))
    return client


@asynccontextmanager
async def client_of(url: str, connect: Any = connect_redis, **settings: Any) -> AsyncIterator[RedisClient]:
    """A client of ours, made as a process makes it."""
    client = new_client(url, connect, **settings)
    try:
        yield client
    finally:
        await client.aclose(close_connection_pool=True)


class Forwarder:
    """What stands before several servers: it leads new connections to its target, while old ones stay."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.generation = 0  # once it grows, nothing passes on the connections that were open before
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        """Its port."""
        server = await asyncio.start_server(self._forward, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.close()
            return
        for one, other in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._copy(one, other))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        generation = self.generation
        with suppress(OSError):
            while data := await reader.read(65_536):
                if generation == self.generation:
                    writer.write(data)
                    await writer.drain()
        writer.close()
