"""The whole process, as clients misbehave: everybody else is served, queues run on time, and memory is given back."""

import asyncio
import re
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from support.api import User
from support.connections.bounded import Client
from support.embedded import login, visiting
from support.processes import free_port, running
from support.story import Site, eventually, queue_a_post

FILES = 200
IDLE = 250
LARGE = (
    "{ "
    + " ".join(f"a{number}: posts(first: 100) {{ nodes {{ publications {{ content }} }} }}" for number in range(24))
) + " }"
READERS = 3
ROUNDS = 5
# What a round may leave in spite of everything: blocks of which a part is in use.
SPARE_KILOBYTES = 24_000

# As `ulimit -n` does it in a shell.
WITH_FEW_FILES = f"""
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_NOFILE, ({FILES}, {FILES}))
sys.argv = ["server.py"]
runpy.run_path("server.py", run_name="__main__")
"""


@asynccontextmanager
async def site(folder: Path, *command: str, **settings: str) -> AsyncIterator[tuple[Site, int, Path, int]]:
    """The embedded server, once it is ready, with its port, its log and its process id."""
    port, log = free_port(), folder / "server.log"
    given = {"PERENNIAL_PORT": str(port), "PERENNIAL_VAR_DIR": str(folder / "var"), **settings}
    with running(*(command or ("server.py",)), log=log, **given) as process:
        async with visiting(port) as found:
            yield found, port, log, process.pid


async def connected(port: int, stack: AsyncExitStack, *, little: bool = False) -> Client:
    connection = socket.socket()
    stack.callback(connection.close)
    if little:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", port))
    return Client(connection)


@pytest.mark.parametrize("said", [b"", b"GET /graphql HTTP/1.1\r\nHost: a\r\n"], ids=["nothing", "half a head"])
async def test_more_idle_connections_than_there_are_descriptors_cost_nobody_anything(
    tmp_path: Path, said: bytes
) -> None:
    patient = {"PERENNIAL_HEAD_SECONDS_MAX": "300"}
    async with site(tmp_path, "-c", WITH_FEW_FILES, **patient) as (found, port, log, _), AsyncExitStack() as stack:
        alice = await login(found, "alice")
        before = log.stat().st_size
        for _ in range(IDLE):
            await (await connected(port, stack)).say(said)
        await queue_a_post(found, alice)
        for _ in range(20):
            async with visiting(port) as visitor:  # on a connection of their own
                assert await visitor.ready() == {"database": "up", "redis": "up", "worker": "up"}
        written = log.read_bytes()[before:]
    assert b"Traceback" not in written
    assert len(written) < 20_000


def resident_kilobytes(pid: int) -> int:
    (found,) = re.findall(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found)


async def dropped(found: Site) -> int:
    """How many readers have been dropped."""
    page = (await found.http.get("/metrics")).text
    (count,) = re.findall(r'perennial_connections_dropped_total\{bound="reader"\} (\d+)', page)
    return int(count)


async def write_posts(alice: User) -> None:
    """A hundred posts of 3,000 characters."""
    given = {"publications": [{"platform": "LINKEDIN", "content": "a" * 2_990}]}
    for _ in range(5):
        creates = " ".join(f"a{number}: createPost(input: $input) {{ post {{ id }} }}" for number in range(20))
        answer = await alice.execute(f"mutation ($input: CreatePostInput!) {{ {creates} }}", input=given)
        assert "errors" not in answer, answer


def asking(alice: User) -> bytes:
    path = f"/graphql?query={quote(LARGE)}"
    return f"GET {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {alice.token}\r\nAccept: */*\r\n\r\n".encode()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what a process has is read from /proc")
async def test_what_slow_readers_did_not_take_is_given_back(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"PERENNIAL_READER_SECONDS_MAX": "1", "PERENNIAL_REQUEST_SECONDS_MAX": "300"}
    settings["PERENNIAL_POINTS_PER_MINUTE"] = "0"  # she asks for more than one owner may
    async with site(tmp_path, **settings) as (found, port, log, pid):
        alice = await login(found, "alice")
        await write_posts(alice)
        kilobytes = []
        for done in range(1, ROUNDS + 1):
            async with AsyncExitStack() as stack:
                for _ in range(READERS):
                    await (await connected(port, stack, little=True)).say(asking(alice))

                async def all_dropped(expected: int = done * READERS) -> bool:
                    return await dropped(found) == expected

                await eventually(all_dropped, "all readers are dropped", 120)
            assert (await alice.do("{ __typename }")) == "Query"
            kilobytes.append(resident_kilobytes(pid))
    assert b"Traceback" not in log.read_bytes()
    assert kilobytes[-1] <= kilobytes[1] + SPARE_KILOBYTES, kilobytes
