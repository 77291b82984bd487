"""Every relative link of the documents leads to a file that is there, and every anchor to a heading in it."""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
LINES_MAX = 200


def prose(page: Path) -> str:
    """The page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


@cache
def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives the page's headings."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE):
        words = re.sub(r"[^\w\- ]", "", re.sub(r"\]\([^)]*\)", "", heading).lower())
        anchor = words.strip().replace(" ", "-")
        found.add(next(one for one in [anchor, *(f"{anchor}-{n}" for n in range(1, 99))] if one not in found))
    return found


LINKS = [
    pytest.param(page, target, id=f"{page.relative_to(ROOT)} to {target}")
    for page in PAGES
    for target in sorted(set(re.findall(r"\]\(([^)\s]+)\)", prose(page))))
    if "://" not in target
]


@pytest.mark.parametrize(("page", "target"), LINKS)
def test_a_link_leads_somewhere(page, target):
    name, _, anchor = target.partition("#")
    file = (page.parent / name).resolve() if name else page
    assert file.exists()
    assert not anchor or anchor in anchors(file)


def test_the_list_of_documents_has_every_page_once():
    listed = re.findall(r"^\| \[[^]]+\]\(([^)]+)\)", (ROOT / "docs/README.md").read_text(), re.MULTILINE)
    pages = [(ROOT / "docs" / name).resolve() for name in listed]
    assert len(pages) == len(set(pages))
    assert set(pages) >= set(PAGES) - {ROOT / "docs/README.md"}


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text().splitlines()) <= LINES_MAX
