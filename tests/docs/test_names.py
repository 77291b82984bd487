"""The names that the documents have for things in the code are the code's: paths, functions, classes, columns."""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src/perennial"
PAGES = [
    ROOT / "CONTRIBUTING.md",
    *(ROOT / "docs" / name for name in ("architecture.md", "states.md", "concurrency.md", "performance.md")),
]
PATH = re.compile(r"[\w.-]*(?:/[\w.*-]+)*(?:/|/[\w-]+\.\w+|\w\.(?:py|md|toml|graphql|yml|txt))")
NAME = re.compile(r"[A-Za-z_]\w+(?:\.[A-Za-z_]\w+)*")
BESIDE = re.compile(r"((?:`[A-Za-z_][\w.]*`(?:, | and ))*`[A-Za-z_][\w.]*`) in\s+`([\w/]+\.py)`")
ROW = re.compile(r"^\| `([\w/]+\.py)` \| (.*) \|$", re.MULTILINE)
# Words of others, and of shells: they stand in no file of ours.
FOREIGN = {"bulk_create", "bulk_update", "max_connections", "autovacuum_vacuum_scale_factor"}


def spans(page: Path) -> set[str]:
    """What stands in `code` on a page, outside its blocks."""
    return set(re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)))


@cache
def words() -> set[str]:
    """All words of the code, among which a name has to be."""
    files = [*SRC.rglob("*.py"), *(ROOT / "tests").rglob("*.py"), *(ROOT / "bench").glob("*.py")]
    files += [ROOT / "schema.graphql", ROOT / "Makefile", ROOT / ".ci/run", ROOT / "docker-compose.yml"]
    return set(re.findall(r"\w+", "\n".join(path.read_text() for path in files)))


def field_of(name: str) -> str:
    """The name of the field, if this is a setting as the environment names it; else the name."""
    is_setting = name.startswith("PERENNIAL_") and name not in words()
    return name.removeprefix("PERENNIAL_").lower() if is_setting else name


def beside(page: Path) -> set[tuple[str, str]]:
    """Names of a page and the file that it says they are in: "`a` and `b` in `c.py`", and rows of a table of files."""
    text = page.read_text()
    found = {(one, file) for names, file in BESIDE.findall(text) for one in re.findall(r"`([\w.]+)`", names)}
    for file, cell in ROW.findall(text):
        # A mutation, such as `updateQueue`, is named by what it asks for.
        found |= {(one, file) for one in re.findall(r"`([A-Za-z_]\w+)`", cell) if not re.match("[a-z]+[A-Z]", one)}
    return found


PATHS = [
    pytest.param(page, one, id=f"{page.name}: {one}")
    for page in PAGES
    for one in sorted(spans(page))
    if PATH.fullmatch(one)
]
NAMES = [
    pytest.param(page, one, id=f"{page.name}: {one}")
    for page in PAGES
    for one in sorted(spans(page))
    if NAME.fullmatch(one) and not PATH.fullmatch(one) and one not in FOREIGN
]


@pytest.mark.parametrize(("page", "named"), PATHS)
def test_a_path_that_is_named_is_there(page, named):
    assert any(list(folder.glob(named.rstrip("/"))) for folder in (ROOT, SRC))


@pytest.mark.parametrize(
    ("name", "file"), [pytest.param(*one, id=": ".join(one)) for page in PAGES for one in sorted(beside(page))]
)
def test_a_name_beside_a_path_is_in_that_file(name, file):
    (path,) = [root / file for root in (ROOT, SRC) if (root / file).exists()]
    assert set(name.split(".")) <= set(re.findall(r"\w+", path.read_text()))


@pytest.mark.parametrize(("page", "named"), NAMES)
def test_a_name_is_one_of_the_codes(page, named):
    # A setting is named as the environment names it, and the code as a field.
    assert {field_of(one) for one in named.split(".")} <= words()


def test_the_packages_are_listed_as_the_layout_has_them():
    from test_layout import PACKAGES

    section = (ROOT / "docs/architecture.md").read_text().partition("## The packages")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == PACKAGES
