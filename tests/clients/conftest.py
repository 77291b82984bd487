"""A real server for all clients, and what npm installed."""

from collections.abc import Iterator
from urllib.request import urlopen

import pytest
from support.embedded import login, serving, visiting
from support.npm import IS_THERE, NO_NPM, Workshop
from support.processes import free_port, until


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Host and port of an embedded server that runs through the whole session."""
    address = f"127.0.0.1:{(port := free_port())}"
    with serving(tmp_path_factory.mktemp("embedded") / "var", port):
        until(lambda: urlopen(f"http://{address}/readyz").status == 200, "ready")
        yield address


@pytest.fixture
async def headers(address: str) -> dict[str, str]:
    """What alice shows, over HTTP or in a WebSocket's first message."""
    async with visiting(int(address.partition(":")[2])) as site:
        return {"Authorization": f"Bearer {(await login(site, 'alice')).token}"}


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """Where npm's programs run."""
    if not IS_THERE:
        pytest.skip(NO_NPM)
    return Workshop.of(tmp_path_factory.mktemp("workshop"))
