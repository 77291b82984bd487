"""Production: one server, two workers, PostgreSQL, Redis and the platforms, each a process of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP, SIGTERM
from subprocess import Popen
from typing import Any
from uuid import uuid4

import httpx2
import jwt
import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from support import api
from support.api import User
from support.http import client_of
from support.processes import free_port, running, stop, until
from support.sockets import PROTOCOL, closed_with, hear, let_in, say
from support.stores.catalogs import new_postgres
from support.story import Site, assert_it_does_not_exist_for, assert_it_ran_once, eventually, queue_a_post, soon
from websockets.asyncio.client import connect

from perennial.embedded._redis_child import redis_child

ISSUER = "https://issuer.example"


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    """The issuer's."""
    return generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("production")


@pytest.fixture(scope="module")
def platforms(folder: Path) -> Iterator[str]:
    """The root of a sandbox that stands in for both platforms."""
    port = free_port()
    with running("-m", "perennial.sandbox", "--port", str(port), log=folder / "platforms.log"):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
async def environment(
    key: RSAPrivateKey, folder: Path, platforms: str, postgres_url: str, through_pooler: Callable[[str], str]
) -> AsyncIterator[dict]:
    """All that configures the processes."""
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with redis_child(folder / "redis") as redis_url:
        yield {
            "DATABASE_URL": through_pooler(await new_postgres(postgres_url, "production")),
            "REDIS_URL": redis_url,
            "PERENNIAL_MODE": "production",
            "PERENNIAL_PORT": str(free_port()),
            "PERENNIAL_ISSUER": ISSUER,
            "PERENNIAL_JWT_KEY": public.decode(),
            "PERENNIAL_TOKEN_KEYS": Fernet.generate_key().decode(),
            "PERENNIAL_X_API_URL": f"{platforms}/sandbox/x",
            "PERENNIAL_LINKEDIN_API_URL": f"{platforms}/sandbox/linkedin",
            "PERENNIAL_LINKEDIN_OAUTH_URL": f"{platforms}/sandbox/linkedin/oauth/v2",
        }


@pytest.fixture(scope="module")
def server(environment: dict[str, str], folder: Path) -> Iterator["Popen[bytes]"]:
    with running("server.py", log=folder / "server.log", **environment) as process:
        yield process


@contextmanager
def two_workers(environment: dict[str, str], folder: Path) -> Iterator[list["Popen[bytes]"]]:
    """Two workers that are up."""
    logs = [folder / f"{uuid4()}.log" for _ in range(2)]
    with ExitStack() as stack:
        found = [stack.enter_context(running("worker.py", log=log, **environment)) for log in logs]
        until(lambda: all("worker.ready" in log.read_text() for log in logs), "the workers are up")
        yield found


@pytest.fixture(scope="module")
def workers(environment: dict[str, str], folder: Path) -> Iterator[None]:
    """There are two workers from now on."""
    with two_workers(environment, folder):
        yield


@pytest.fixture
async def site(server: "Popen[bytes]", environment: dict[str, str], platforms: str) -> AsyncIterator[Site]:
    """The server, and platforms that take anything, a text they had before included."""
    root = f"http://127.0.0.1:{environment['PERENNIAL_PORT']}"
    async with client_of(root) as http, client_of(platforms) as far:
        site = Site(http, far)
        await eventually(site.ready, "the server answers")
        await far.delete("/sandbox/faults")
        await far.post("/sandbox/faults", json={"duplicate_window_seconds": 0, "rate_limit": None})
        yield site


@pytest.fixture
async def login(site: Site, key: RSAPrivateKey) -> Callable[[str], User]:
    """Makes a user nobody has heard of before, with a token that the issuer signed."""

    def make(name: str) -> User:
        user = f"{name}-{uuid4().hex[:8]}"
        now = int(datetime.now(UTC).timestamp())
        claims = {"iss": ISSUER, "sub": user, "iat": now, "nbf": now, "exp": now + 600}
        return User(user, site.http, jwt.encode(claims, key, algorithm="RS256"))

    return make


@pytest.fixture
async def alice(login: Callable[[str], User]) -> User:
    user = login("alice")
    await user.connect("X", "LINKEDIN")
    return user


@pytest.fixture
def mallory(login: Callable[[str], User]) -> User:
    return login("mallory")


async def test_server_and_worker_close_idle_connections_when_the_setting_says(site, environment, folder):
    """Which is after a second here."""
    ports = {"PERENNIAL_PORT": str(free_port()), "PERENNIAL_WORKER_PORT": str(free_port())}
    own = environment | ports | {"PERENNIAL_KEEP_ALIVE_SECONDS": "1"}
    with (
        running("server.py", log=folder / "idle_server.log", **own),
        running("worker.py", log=folder / "idle_worker.log", **own),
    ):
        for port in ports.values():
            reader, writer = await eventually(lambda port=port: opened(port), "it listens")
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert b" 200 OK" in await reader.readline()
            await asyncio.wait_for(reader.read(), 30)  # up to the end
            writer.close()


async def opened(port: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
    try:
        return await asyncio.open_connection("127.0.0.1", int(port))
    except OSError:
        return None


async def test_it_is_ready_while_a_worker_is_up_and_only_then(site, environment, folder):
    await eventually(lambda: site.says(database="up", redis="up", worker="down"), "the last worker is gone")
    assert (await site.http.get("/readyz")).status_code == 503
    with running("worker.py", log=folder / "workers.log", **environment):
        await site.until_ready()
        assert (await site.http.get("/readyz")).status_code == 200
    assert (await site.http.get("/healthz")).status_code == 200


async def test_a_worker_that_is_told_to_stop_finishes_what_is_on_the_wire_and_says_so(site, environment, folder, alice):
    port = free_port()
    more = {"PERENNIAL_WORKER_PORT": str(port)}
    with running("worker.py", log=folder / "asked.log", **environment, **more) as worker:
        async with client_of(f"http://127.0.0.1:{port}") as http:
            await eventually(lambda: is_ready(http), "the worker is ready")
            assert (await http.get("/healthz")).text == "ok\n"
            assert "perennial_publish_lateness_seconds_bucket" in (await http.get("/metrics")).text
            assert (await http.get("/graphql")).status_code == 404
            await site.platforms.post("/sandbox/faults", json={"platform": "X", "delay_seconds": 2, "times": 1})
            post = await alice.create_post(x="On its way")
            await alice.schedule_post(post["id"], soon(0.2))
            await eventually(lambda: is_post(alice, post["id"], "PUBLISHING"), "the request is on the wire")
            worker.send_signal(SIGTERM)
            await eventually(lambda: is_stopping(http), "it says that it is stopping")
        assert stop(worker) == 0
    assert await is_post(alice, post["id"], "PUBLISHED")
    assert len(await site.posts(alice.name)) == 1


async def is_stopping(http: httpx2.AsyncClient) -> bool:
    return (await http.get("/readyz")).json()["missing"] == ["worker: it is stopping."]


async def is_ready(http: httpx2.AsyncClient) -> bool:
    try:
        return (await http.get("/readyz")).status_code == 200
    except httpx2.TransportError:
        return False


async def test_what_a_killed_worker_leaves_undone_the_other_does(site, environment, folder, alice):
    """The other sleeps until the first is dead, so all that was armed and called before it is the dead one's."""
    with two_workers(environment, folder) as (first, other):
        other.send_signal(SIGSTOP)
        before = await queue_a_post(site, alice)
        first.send_signal(SIGKILL)
        first.wait()
        post = await alice.create_post(x="X, later", linkedin="LinkedIn, later")
        queue = await alice.create_queue(post["id"], soon(0.5))
        other.send_signal(SIGCONT)
        await eventually(lambda: all_published(alice, [before, queue]), "the other worker published it")
        assert (await alice.queue(queue["id"]))["executionCount"] == 1
        assert len(await site.posts(alice.name)) == 4


async def test_there_is_no_sandbox_and_no_way_to_a_token(site):
    assert (await site.http.post("/sandbox/token", json={"user": "alice"})).status_code == 404
    assert (await site.http.get("/sandbox/posts")).status_code == 404


async def test_a_queued_post_goes_out_on_both_platforms_and_for_the_other_user_it_does_not_exist(
    site, workers, alice, mallory
):
    queue = await queue_a_post(site, alice)
    assert_it_ran_once(queue)
    await assert_it_does_not_exist_for(mallory, queue)
    assert await alice.queue(queue["id"]) == queue


async def test_a_token_that_somebody_else_signed_is_refused(site, alice):
    forged = generate_private_key(public_exponent=65537, key_size=2048)
    claims = jwt.decode(alice.token, options={"verify_signature": False})
    stranger = User(alice.name, site.http, jwt.encode(claims, forged, algorithm="RS256"))
    assert (await stranger.refused(api.ACCOUNTS_QUERY)).code == "UNAUTHENTICATED"


async def test_two_workers_publish_each_of_many_posts_once(site, workers, alice):
    posts = [await alice.create_post(x=f"X {n}", linkedin=f"LinkedIn {n}") for n in range(10)]
    due = soon(5)
    queues = await asyncio.gather(*(alice.create_queue(post["id"], due) for post in posts))
    await eventually(lambda: all_published(alice, queues), "all clones are published")
    texts = sorted(post["text"] for post in await site.posts(alice.name))
    assert texts == sorted(f"{platform} {n}" for platform in ("X", "LinkedIn") for n in range(10))
    for queue in queues:
        now = await alice.queue(queue["id"])
        assert now["executionCount"] == len(now["executions"]["nodes"]) == 1


async def all_published(user: User, queues: Sequence[dict[str, Any]]) -> bool:
    found = [(await user.queue(queue["id"]))["executions"]["nodes"] for queue in queues]
    return all(nodes and nodes[0]["post"]["status"] == "PUBLISHED" for nodes in found)


async def is_post(user: User, post_id: str, status: str) -> bool:
    return (await user.post(post_id))["status"] == status


async def test_a_server_that_is_told_to_stop_says_so_to_whoever_watches_and_lets_requests_end(
    alice: User, environment: dict[str, str], folder: Path
) -> None:
    """A subscription, and a request whose body is still on its way."""
    port, log = free_port(), folder / "ending.log"
    body = b'{"query": "{ __typename }"}'
    head = f"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with running("server.py", log=log, **environment | {"PERENNIAL_PORT": str(port)}) as server:
        until(lambda: "server.ready" in log.read_text(), "the server is up")
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head.encode() + body[:5])
        async with connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=[PROTOCOL], proxy=None) as ws:
            await let_in(ws, alice)
            await say(ws, type="subscribe", id="1", payload={"query": "subscription { publicationUpdated { id } }"})
            await alice.create_post(x="It is heard")
            assert "data" in (await hear(ws))["payload"]
            server.send_signal(SIGTERM)
            (error,) = (await hear(ws))["payload"]["errors"]
            assert error["extensions"]["reason"] == "INTERRUPTED"
            writer.write(body[5:])
            assert b'{"__typename":"Query"}' in await reader.read()
            writer.close()
            assert (await hear(ws))["type"] == "complete"
            assert await closed_with(ws) == 1012
        assert await asyncio.to_thread(server.wait, 20) == 0
    assert '"level":"error"' not in log.read_text()


def test_the_server_ends_in_good_order(site, server):
    assert stop(server) == 0
