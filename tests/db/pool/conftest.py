"""A line between us and the server that a test can cut or hold."""

from collections.abc import Iterator

import pytest
from support.stores.forwarder import Forwarder, forwarding


@pytest.fixture
def line(postgres_url: str) -> Iterator[Forwarder]:
    """What stands between us and the server."""
    with forwarding(f"{postgres_url.partition('host=')[2]}/.s.PGSQL.5432") as forwarder:
        yield forwarder


@pytest.fixture
def url(line: Forwarder) -> str:
    """The address of the server through that line."""
    return f"postgres://perennial@127.0.0.1:{line.port}/postgres"
