"""The layout of the design: imports go downwards, or sideways without circles; files and functions can be read."""

import ast
import graphlib
import sys
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src"

FLOORS = {
    7: "app demonstration origins_view serving operations listening worker_port",
    6: "graphql graphql.* explorer explorer.* telling",
    5: "process worker embedded readiness gauges",
    4: "queues origins execution due_queues plans migrate reencrypt",
    3: "posts copies publications due_publications scheduling accounts refreshing alarms publishing"
    " publish_run intake departures arrivals in_flight claiming sending recording outcomes look_ups doubts receipts"
    " breakers traffic events hub rates means idempotency old_keys",
    2: "models database sql sets migrations transactions patience sealing auth embedded_identity redis_child"
    " folder_lock texts platforms platforms.*",
    1: "recurrence cron states errors settings api_settings values json_text fault_points clock logs requests gate"
    " garbage metrics pulse operations_settings",
}
FUNCTION_LINES_MAX = 40
FILE_LINES_MAX = 200


def names(path: Path) -> str:
    dotted = ".".join(path.relative_to(SRC).with_suffix("").parts)
    return dotted.removesuffix(".__init__").removeprefix("perennial").removeprefix(".")


MODULES = {names(path): path for path in sorted(SRC.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text()) for name, path in MODULES.items()}
OURS = [name for name in MODULES if name and name.split(".")[0] != "sandbox"]
SANDBOX = [name for name in MODULES if name.split(".")[0] == "sandbox"]


def floor(name: str) -> int:
    found = [
        level
        for level, modules in FLOORS.items()
        if name in modules.split() or (f"{name.split('.', maxsplit=1)[0]}.*" in modules.split() and "." in name)
    ]
    assert len(found) == 1, f"{name} has no floor of its own in this test, but {found}"
    return found[0]


def imports(name: str) -> set[str]:
    """The full names of all that a module imports, wherever in it: modules, not what is in them."""
    found: set[str] = set()
    for node in ast.walk(TREES[name]):
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
    return {one.removeprefix("perennial.") for one in imports(name) if one.startswith("perennial.")}


def foreign(name: str) -> set[str]:
    return {one.split(".")[0] for one in imports(name)} - {"perennial"}


def test_every_module_has_a_floor_and_every_floor_its_modules():
    assert {floor(name) for name in OURS} == set(FLOORS)
    named = {name for modules in FLOORS.values() for name in modules.split() if "*" not in name}
    assert named <= MODULES.keys()


@pytest.mark.parametrize("name", OURS)
def test_nothing_imports_from_a_floor_above(name):
    allowed_above = {"sandbox", "sandbox.guard"} if name == "app" else set()
    below = {one for one in ours(name) - allowed_above if floor(one) > floor(name)}
    assert not below, f"{name} (floor {floor(name)}) imports {below} from above"


def test_no_module_imports_itself_by_way_of_others():
    graphlib.TopologicalSorter({name: ours(name) for name in MODULES}).prepare()


def test_recurrence_is_pure_it_imports_nothing_of_ours_and_nothing_foreign():
    assert ours("recurrence") == set()
    assert foreign("recurrence") <= sys.stdlib_module_names


def test_arq_has_one_door_and_those_who_run_it():
    assert {name for name in MODULES if "arq" in foreign(name)} == {"alarms", "process", "worker"}


def test_only_the_upper_floors_know_graphql():
    knowing = {name for name in OURS if foreign(name) & {"strawberry", "graphql"}}
    assert knowing
    assert {floor(name) for name in knowing} == {6}


def test_only_the_upper_floors_know_http_servers():
    knowing = {name for name in OURS if foreign(name) & {"starlette", "uvicorn"}}
    assert {name for name in knowing if floor(name) < 6} == {"requests"}


@pytest.mark.parametrize("name", SANDBOX)
def test_the_sandbox_stands_alone(name):
    assert {one for one in ours(name) if one.split(".")[0] != "sandbox"} == set()


def test_only_the_application_mounts_the_sandbox():
    assert {name for name in OURS if any(one.split(".")[0] == "sandbox" for one in ours(name))} == {"app"}


@pytest.mark.parametrize("name", [name for name in OURS if name not in {"clock", "logs"}])
def test_nothing_reads_a_clock_but_the_clock(name):
    """No `utcnow()`, no `time.time()`: below a unit of work there is only the `now` that is passed down."""
    read = {
        ast.unparse(node.func)
        for node in ast.walk(TREES[name])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert not read & {"datetime.now", "datetime.utcnow", "time.time", "datetime.datetime.now", "datetime.today"}


@pytest.mark.parametrize("name", MODULES)
def test_a_file_can_be_read_in_one_sitting(name):
    assert len(MODULES[name].read_text().splitlines()) <= FILE_LINES_MAX


@pytest.mark.parametrize("name", MODULES)
def test_a_function_fits_on_a_page(name):
    functions = [node for node in ast.walk(TREES[name]) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = {node.name for node in functions if (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES_MAX}
    assert not long
