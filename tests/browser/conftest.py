"""A real server, and a real browser that reaches it and nothing else."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.browser import Visit, only
from support.embedded import serving, visiting
from support.processes import free_port

from perennial.api.explorer.page import BUILT

if TYPE_CHECKING:
    from playwright.async_api import Browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# Chromium itself has nobody to ask for any other host's address. In a container it has to do without its sandbox.
FLAGS = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", *(["--no-sandbox"] if os.geteuid() == 0 else [])]


@pytest.fixture(scope="session")
async def browser() -> "AsyncIterator[Browser]":
    """Chromium."""
    driver = pytest.importorskip("playwright.async_api", reason="no Playwright: make browser installs it")
    if CHROMIUM is None:
        pytest.skip("no Chromium: apt-get install chromium")
    async with driver.async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures of what was seen are left, below pytest's temporary folder."""
    return tmp_path_factory.mktemp("screenshots")


@pytest.fixture(scope="session")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an embedded server that runs through the whole session."""
    if not (BUILT / "index.html").is_file():
        pytest.skip("no explorer: make explorer builds it, with npm")
    chosen = free_port()
    with serving(tmp_path_factory.mktemp("embedded") / "var", chosen):
        yield chosen


@pytest.fixture
async def visit(browser: "Browser", port: int, screenshots: Path) -> AsyncIterator[Visit]:
    """A visitor. Whatever their pages ask of another host, and whatever the policy forbids them, is a failure."""
    async with visiting(port):
        context = await browser.new_context(viewport={"width": 1280, "height": 800})
        troubles: list[str] = []
        await only(context, f"127.0.0.1:{port}", troubles)
        yield Visit(await context.new_page(), f"http://127.0.0.1:{port}", screenshots, troubles)
        await context.close()
    assert troubles == []
