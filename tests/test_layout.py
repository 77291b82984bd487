"""The layout of src/perennial: packages import downwards only, what is private stays private, and files can be read.

PACKAGES is the one list. No module is named here: a new one needs an entry nowhere.
"""

import ast
import graphlib
import re
import statistics
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
SRC = TESTS.parent / "src" / "perennial"

# From the ground up: a package imports from those before it, never from those after it. The modules directly below
# src/perennial are the commands, which stand above all of them. The sandbox stands alone.
PACKAGES = [
    "core",
    "settings",
    "observe",
    "outbound",
    "db",
    "platforms",
    "jobs",
    "events",
    "idempotency",
    "accounts",
    "publishing",
    "posts",
    "queues",
    "keeping",
    "process",
    "api",
    "worker",
    "embedded",
]
SANDBOX = "sandbox"

FILE_LINES_MAX = 200
FUNCTION_LINES_MAX = 40
FUNCTION_LINES_P95 = 20
FOLDER_MODULES_MAX = 12
FOLDER_TESTS_MAX = 24
# Folders of tests whose subject is no one package.
ACROSS_PACKAGES = {"browser", "chaos", "clients", "docs"}


def dotted(path: Path) -> str:
    """The module's name below perennial: `api.app`; for a package's `__init__` the package's."""
    return ".".join(path.relative_to(SRC).with_suffix("").parts).removesuffix("__init__").removesuffix(".")


MODULES = {dotted(path): path for path in sorted(SRC.rglob("*.py"))}
FOLDERS = {name: path.parent for name, path in MODULES.items() if path.name == "__init__.py"}


@cache
def trees() -> dict[str, ast.Module]:
    """Read once they are looked at, and not by whoever collects the tests."""
    return {name: ast.parse(path.read_text()) for name, path in MODULES.items()}


@cache
def imported(name: str) -> set[str]:
    """The full names of the modules that a module imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(trees()[name]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports by a relative name"
            found |= {_module(node.module or "", alias.name) for alias in node.names}
    return found


def _module(module: str, name: str) -> str:
    whole = f"{module}.{name}"
    return whole if whole.removeprefix("perennial.") in MODULES else module


def ours(name: str) -> set[str]:
    return {one.removeprefix("perennial.") for one in imported(name) if one.startswith("perennial.")}


def foreign(name: str) -> set[str]:
    return {one.split(".")[0] for one in imported(name)} - {"perennial"}


def package(name: str) -> str:
    """The package that a module belongs to; none for the commands."""
    first = name.split(".", maxsplit=1)[0]
    return first if (SRC / first).is_dir() else ""


def those_who_import(*libraries: str) -> set[str]:
    """The packages in which one of these libraries is imported; the commands are none."""
    return {package(name) for name in MODULES if foreign(name) & set(libraries)} - {"", SANDBOX}


def test_every_folder_is_in_the_list_and_nothing_else_is():
    assert sorted(path.parent.name for path in SRC.glob("*/__init__.py")) == sorted([*PACKAGES, SANDBOX])


def test_packages_import_only_from_those_before_them():
    wrong = [
        f"{name} imports {other}"
        for name in MODULES
        if package(name) in PACKAGES
        for other in ours(name)
        if package(other) != SANDBOX and PACKAGES.index(package(other)) > PACKAGES.index(package(name))
    ]
    assert not wrong


def test_no_module_imports_itself_by_way_of_others():
    graphlib.TopologicalSorter({name: ours(name) for name in MODULES}).prepare()


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_stands_in_one_folder_imports_in_one_direction(folder):
    """A folder inside of a folder counts as one: what is in it may not import its way round through a neighbour."""
    inside = f"{folder}." if folder else ""
    between: dict[str, set[str]] = {}
    for name in (one for one in MODULES if one.startswith(inside) and one != folder):
        child = name.removeprefix(inside).split(".")[0]
        others = {one.removeprefix(inside).split(".")[0] for one in ours(name) if one.startswith(inside)}
        between.setdefault(child, set()).update(others - {child})
    graphlib.TopologicalSorter(between).prepare()


def test_what_begins_with_an_underscore_is_imported_in_its_own_folder_alone():
    wrong = [
        f"{name} imports {other}"
        for name, path in MODULES.items()
        for other in ours(name)
        for place, part in enumerate(other.split("."))
        if part.startswith("_") and not path.is_relative_to(SRC.joinpath(*other.split(".")[:place]))
    ]
    assert not wrong


def test_every_package_says_what_lives_there_and_names_its_public_modules():
    """By its docstring: three sentences at least, in which every public module and folder is named."""
    silent = []
    for folder, path in FOLDERS.items():
        words = ast.get_docstring(trees()[folder]) or ""
        if folder and "." not in folder:
            children = {
                one.stem for one in [*path.glob("[!_]*.py"), *(sub.parent for sub in path.glob("*/__init__.py"))]
            }
            silent += [f"{folder}: {one}" for one in children if f"`{one}`" not in words]
            silent += [folder] if len(re.findall(r"[.!?](?:\s|$)", words)) < 3 else []
        assert len(words.splitlines()[0].split()) > 3, f"{folder or 'perennial'} says nothing"
    assert not silent


def test_what_calls_itself_pure_is():
    """A docstring that begins with `Pure` promises: no database, no network, no clock; the same answer every time.

    So a pure module imports the standard library alone, and so does whatever it imports.
    """
    pure = {name for name, tree in trees().items() if (ast.get_docstring(tree) or "").startswith("Pure")}
    assert pure
    for name in pure:
        assert not any(isinstance(node, ast.AsyncFunctionDef) for node in ast.walk(trees()[name])), name
        for one in below(name):
            assert foreign(one) <= sys.stdlib_module_names - {"random", "secrets", "socket", "sqlite3"}, (name, one)


def below(name: str) -> set[str]:
    """The module, and all that it imports by way of others."""
    found, new = set[str](), {name}
    while new:
        found |= new
        new = {other for one in new for other in ours(one)} - found
    return found


def test_arq_has_one_door_and_those_who_run_it():
    assert those_who_import("arq") == {"jobs", "worker"}


def test_only_the_api_knows_graphql():
    assert those_who_import("strawberry", "graphql") == {"api"}


def test_only_the_upper_packages_know_http_servers():
    assert those_who_import("starlette", "uvicorn") == {"process", "api", "worker", "embedded"}


def test_the_sandbox_stands_alone_and_the_embedded_mode_alone_puts_it_up():
    assert {package(other) for name in MODULES if package(name) == SANDBOX for other in ours(name)} == {SANDBOX}
    around = {package(name) for name in MODULES if any(package(other) == SANDBOX for other in ours(name))}
    assert around == {SANDBOX, "embedded"}


def test_nothing_reads_a_clock_but_core():
    """No `utcnow()`, no `time.time()`: below a unit of work there is only the `now` that is passed down."""
    clocks = {
        "timestamp_ms",
        "arq.utils.timestamp_ms",
        "datetime.now",
        "datetime.utcnow",
        "time.time",
        "datetime.datetime.now",
        "datetime.today",
    }
    reading = {
        package(name)
        for name, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in clocks
    }
    assert reading - {SANDBOX} == {"core"}


def test_a_file_can_be_read_in_one_sitting():
    assert [name for name, path in MODULES.items() if len(path.read_text().splitlines()) > FILE_LINES_MAX] == []


def test_functions_are_short():
    lengths = {
        f"{name}: {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for name, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert [name for name, lines in lengths.items() if lines > FUNCTION_LINES_MAX] == []
    assert statistics.quantiles(lengths.values(), n=20)[-1] <= FUNCTION_LINES_P95


def test_no_folder_is_a_crowd():
    crowds = {
        name: len(modules)
        for name, path in FOLDERS.items()
        if len(modules := [one for one in path.glob("*.py") if one.name != "__init__.py"]) > FOLDER_MODULES_MAX
    }
    assert crowds == {}


def test_the_tests_stand_where_their_subjects_do_and_no_folder_of_them_is_a_crowd():
    files = [path.relative_to(TESTS) for path in TESTS.rglob("*.py") if "node_modules" not in path.parts]
    folders = {file.parent.as_posix() for file in files if file.name.startswith("test_")}
    packages = {path.parent.relative_to(SRC).as_posix() for path in SRC.rglob("__init__.py")}
    assert {folder for folder in folders - packages if folder.partition("/")[0] not in ACROSS_PACKAGES} == set()
    assert set(PACKAGES) <= {folder.partition("/")[0] for folder in folders}
    counts = Counter(file.parent.as_posix() for file in files if file.name != "__init__.py")
    assert {folder: number for folder, number in counts.items() if number > FOLDER_TESTS_MAX} == {}
