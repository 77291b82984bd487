"""The embedded server as its own process, and a visitor who waits until it is ready."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from subprocess import Popen
from typing import Any

from support.api import User
from support.http import client_of
from support.processes import running
from support.story import Site


@contextmanager
def serving(folder: Path, port: int, **more: str) -> Iterator["Popen[bytes]"]:
    """Runs the server over the folder; ends it with SIGTERM. The machine has a proxy, which leads nowhere."""
    proxies = {"HTTPS_PROXY": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1"}
    environment = {"PERENNIAL_PORT": str(port), "PERENNIAL_VAR_DIR": str(folder), **proxies, **more}
    with running("server.py", log=folder.with_suffix(".log"), **environment) as process:
        yield process


@asynccontextmanager
async def visiting(port: int) -> AsyncIterator[Site]:
    """The site, once it is ready."""
    async with client_of(f"http://127.0.0.1:{port}") as http:
        site = Site(http, http)
        await site.until_ready()
        yield site


async def login(site: Site, name: str, **more: Any) -> User:
    """Asks the sandbox for a token of that user."""
    answer = await site.http.post("/sandbox/token", json={"user": name, **more})
    return User(name, site.http, answer.json()["token"])
