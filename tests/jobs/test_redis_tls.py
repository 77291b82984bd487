"""Redis with TLS and a certificate that it made itself: what is accepted, what is refused, by both who connect."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from support.processes import free_port
from support.stores.certificates import write_certificate
from support.stores.redis_servers import NO_SENTINEL, client_of, debians_program, redis_server

from perennial.jobs.redis_check import check_redis
from perennial.jobs.redis_connection import connect_redis, connect_worker_redis

BOTH = pytest.mark.parametrize("connect", [connect_redis, connect_worker_redis])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a certificate for localhost is, signed by itself."""
    folder = tmp_path_factory.mktemp("tls")
    write_certificate(folder)
    return folder


@contextmanager
def tls_server(folder: Path, wants_certificates: str) -> Iterator[int]:
    """A server with TLS, and whether it asks for a certificate of ours; its port."""
    program = debians_program()
    if program is None:
        pytest.skip(NO_SENTINEL)
    port = free_port()
    files = ("--tls-cert-file", f"{folder}/ca.pem", "--tls-key-file", f"{folder}/key.pem")
    options = ("--tls-port", str(port), "--tls-auth-clients", wants_certificates)
    more = ("--tls-ca-cert-file", f"{folder}/ca.pem", *files)
    with redis_server(folder / wants_certificates, *options, *more, program=(program, "redis-server")):
        yield port


@pytest.fixture(scope="module")
def port(folder: Path) -> Iterator[int]:
    """The port of one that asks for none."""
    with tls_server(folder, "no") as port:
        yield port


@BOTH
@pytest.mark.parametrize(
    "options",
    [
        "ssl_cert_reqs=none",
        "ssl_cert_reqs=CERT_NONE",
        "ssl_ca_certs={folder}/ca.pem",
        "ssl_ca_certs={folder}/ca.pem&ssl_cert_reqs=required&ssl_check_hostname=true",
    ],
)
async def test_both_connect_with_one_url(port, folder, connect, options):
    async with client_of(f"rediss://localhost:{port}/0?{options.format(folder=folder)}", connect) as redis:
        assert await check_redis(redis) is None


@BOTH
async def test_a_host_without_a_name_in_the_certificate_is_trusted_by_an_authority_of_ones_own(port, folder, connect):
    """Unless the name is to be checked."""
    url = f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={folder}/ca.pem"
    async with client_of(url, connect) as redis:
        assert await check_redis(redis) is None
    async with client_of(f"{url}&ssl_check_hostname=true", connect_redis) as redis:
        assert "its certificate is not accepted" in (await check_redis(redis) or "")


@BOTH
async def test_a_certificate_of_ours_is_shown_where_it_is_asked_for(folder, connect):
    with tls_server(folder, "yes") as port:
        url = f"rediss://localhost:{port}/0?ssl_ca_certs={folder}/ca.pem"
        async with client_of(f"{url}&ssl_certfile={folder}/ca.pem&ssl_keyfile={folder}/key.pem", connect) as redis:
            assert await check_redis(redis) is None
        async with client_of(url, connect_redis) as redis:
            assert "it wants a certificate of ours (ssl_certfile, ssl_keyfile)" in (await check_redis(redis) or "")


@pytest.mark.parametrize("options", ["", "?ssl_cert_reqs=required"])
async def test_a_certificate_of_an_unknown_authority_is_refused_in_words(port, options):
    async with client_of(f"rediss://:hunter2@localhost:{port}/0{options}") as redis:
        sentence = await check_redis(redis) or ""
        with pytest.raises(RedisConnectionError):
            await redis.ping()
    assert sentence.startswith(f"Redis at localhost:{port}, database 0: its certificate is not accepted (self-signed")
    assert "hunter2" not in sentence


async def test_who_speaks_no_tls_where_it_is_wanted_or_tls_where_there_is_none_is_told(port, folder):
    with redis_server(folder / "plain") as plain:
        async with client_of(f"redis://localhost:{port}") as redis:
            assert "if it wants TLS, its URL begins with rediss://" in (await check_redis(redis) or "")
        async with client_of(f"rediss://localhost:{plain.port}?socket_timeout=0.3") as redis:
            assert "if it has no TLS, its URL begins with redis://" in (await check_redis(redis) or "")
