"""Tools that read a schema take ours, each as its users run it: Relay, gql.tada, graphql-eslint and ariadne."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from support.npm import ARIADNE, CLIENTS, NO_ARIADNE, NO_NPM, TOOLS_ARE_THERE, Workshop
from support.processes import ROOT

TOOLS = CLIENTS / "tools"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Workshop]:
    """Makes a tool's folder, with the schema in it."""
    home = tmp_path_factory.mktemp("tools")
    (home / "node_modules").symlink_to(TOOLS / "node_modules")
    shutil.copy(TOOLS / "package.json", home)

    def make(name: str) -> Workshop:
        shutil.copytree(TOOLS / name, home / name)
        shutil.copy(ROOT / "schema.graphql", home / name)
        (home / name / "node_modules").symlink_to(TOOLS / "node_modules")
        return Workshop(home / name)

    return make


@pytest.fixture(scope="module")
def ended(folder: Callable[[str], Workshop]) -> Iterator[dict[str, "Future[Path]"]]:
    """The folder of each tool when it has run, or how it fails: they run beside each other."""
    with ThreadPoolExecutor() as pool:
        runs = {"relay": _relay, "tada": _tada, "eslint": _eslint, "ariadne": _ariadne}
        is_there = {name: ARIADNE.is_dir() if name == "ariadne" else TOOLS_ARE_THERE for name in runs}
        yield {name: pool.submit(run, folder(name)) for name, run in runs.items() if is_there[name]}


def result(ended: dict[str, "Future[Path]"], name: str, lacking: str = NO_NPM) -> Path:
    """The tool's folder. Fails as the tool did."""
    if name not in ended:
        pytest.skip(lacking)
    return ended[name].result()


def _relay(workshop: Workshop) -> Path:
    workshop.tool("relay-compiler", "--noWatchman", "relay.config.json")
    return workshop.folder


def _tada(workshop: Workshop) -> Path:
    workshop.tool("gql.tada", "generate-output")
    workshop.tool("gql.tada", "check", "--fail-on-warn")
    workshop.tool("tsc")
    return workshop.folder


def _eslint(workshop: Workshop) -> Path:
    workshop.tool("eslint", "--max-warnings", "0", ".")
    return workshop.folder


def _ariadne(workshop: Workshop) -> Path:
    workshop.run(str(ARIADNE / "ariadne-codegen"), "client")
    return workshop.folder


def test_relay_refetches_by_id_and_pages_on(ended: dict[str, "Future[Path]"]) -> None:
    made = result(ended, "relay") / "__generated__"
    for name in ("gardenPostRefetchQuery", "gardenQueueRefetchQuery"):
        assert "node(id: $id)" in (made / f"{name}.graphql.ts").read_text()
    for name in ("garden_posts", "garden_queues", "garden_queue"):
        assert '"connection": [' in (made / f"{name}.graphql.ts").read_text()


def test_gql_tada_types_documents_exactly(ended: dict[str, "Future[Path]"]) -> None:
    assert (result(ended, "tada") / "graphql-env.d.ts").is_file()


def test_the_rules_for_schemas_and_for_relay_are_kept(ended: dict[str, "Future[Path]"]) -> None:
    result(ended, "eslint")


async def test_what_ariadne_generates_works(
    ended: dict[str, "Future[Path]"], address: str, headers: dict[str, str]
) -> None:
    workshop = Workshop(result(ended, "ariadne", NO_ARIADNE))
    workshop.run(str(ARIADNE / "python"), "garden.py", ADDRESS=address, TOKEN=headers["Authorization"])
