"""A start that is refused disturbs nobody, and its one line proposes what works; test_doors.py has the other starts."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.embedded import serving, visiting
from support.environment import PRODUCTION
from support.processes import free_port, running, until


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("embedded") / "var"


@pytest.fixture(scope="module")
def port(folder: Path) -> Iterator[int]:
    """The port of a server that has the folder."""
    chosen = free_port()
    with serving(folder, chosen):
        until(lambda: not socket.create_connection(("127.0.0.1", chosen)).close(), "it listens")
        yield chosen


@pytest.fixture
def refused(tmp_path: Path) -> Callable[..., str]:
    """Runs a command that is to end by itself; the one line that it says."""

    def run(command: str, **environment: str) -> str:
        log = tmp_path / "refused.log"
        log.unlink(missing_ok=True)
        environment = {"PERENNIAL_VAR_DIR": str(tmp_path / "refused"), **environment}
        with running(command, log=log, **environment) as process:
            assert process.wait(30) == 1
        (line,) = log.read_text().splitlines()
        assert line.startswith("perennial: ")
        return line

    return run


def suggested(variable: str, line: str) -> int:
    """The port that the line proposes for the variable."""
    return int(line.rpartition(f"{variable}=")[2])


def is_free(port: int, above: int) -> bool:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", port))
    return port > above


async def test_a_port_in_use_is_one_clear_line(port, refused):
    async with visiting(port):
        line = refused("server.py", PERENNIAL_PORT=str(port))
    assert f"PERENNIAL_PORT: another program listens on 127.0.0.1:{port} already." in line
    assert is_free(suggested("PERENNIAL_PORT", line), above=port)


async def test_a_workers_port_in_use_is_one_clear_line(port, refused):
    """Before it looks whether there is a database."""
    line = refused("worker.py", PERENNIAL_WORKER_PORT=str(port), **PRODUCTION)
    assert f"PERENNIAL_WORKER_PORT: another program listens on 127.0.0.1:{port} already." in line
    assert is_free(suggested("PERENNIAL_WORKER_PORT", line), above=port)


async def test_a_folder_in_use_is_one_clear_line_and_disturbs_nothing(port, folder, refused):
    async with visiting(port) as site:
        line = refused("server.py", PERENNIAL_PORT="0", PERENNIAL_VAR_DIR=str(folder))
        assert "PERENNIAL_VAR_DIR" in line
        await site.until_ready()
