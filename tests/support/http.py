"""HTTP clients: of servers on loopback, and of applications in the test's own process."""

from typing import Any

import httpx2
from starlette.types import ASGIApp

HOST = "perennial.test"


def client_of(root: str, **more: Any) -> httpx2.AsyncClient:
    """A client of the server at `http://127.0.0.1:<port>`.

    It asks no proxy. It knows no certificates either: reading the machine's takes longer than most tests.
    """
    return httpx2.AsyncClient(base_url=root, verify=False, trust_env=False, **{"timeout": 30, **more})


def client_in(app: ASGIApp, host: str = HOST, address: str = "127.0.0.1") -> httpx2.AsyncClient:
    """A client of an application without a server: a request is a call, to that host's name and from that address."""
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app, client=(address, 4711)), base_url=f"http://{host}")
