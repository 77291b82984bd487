"""docs/first-integration.md taken apart: for each language what is saved and what is pasted, in the page's order."""

import re
from typing import NamedTuple

from support.processes import ROOT

PAGE = (ROOT / "docs/first-integration.md").read_text()
LANGUAGES = ("Python", "TypeScript")

_PARTS = re.compile(
    r"^(?:#+ (?P<heading>[^\n]+)|In (?P<only>\w+):|`(?P<file>[\w-]+\.\w+)`[^\n]*:)$"
    r"|^```(?P<kind>\w+)\n(?P<text>.*?)^```$",
    re.M | re.S,
)


class Block(NamedTuple):
    """A file to save, or commands to paste (then there is no name)."""

    file: str
    text: str


def blocks(language: str) -> list[Block]:
    """What a reader does who has chosen this language."""
    found, file, meant = [], "", set(LANGUAGES)
    for part in _PARTS.finditer(PAGE):
        if part["heading"]:
            meant = {one for one in LANGUAGES if part["heading"].endswith(f" in {one}")} or set(LANGUAGES)
        elif part["only"]:
            meant = {part["only"]}
        elif part["file"]:
            file = part["file"]
        else:
            if language in meant:
                found.append(Block("" if part["kind"] == "bash" else file, part["text"]))
            file = ""
    return found


def installs() -> dict[str, set[str]]:
    """What the page has its readers install: the names for pip and for npm."""
    found: dict[str, set[str]] = {"pip": set(), "npm": set()}
    for tool, names in re.findall(r"^(pip|npm) install (?:--save-dev )?(.+)$", PAGE, re.M):
        found[tool] |= set(names.replace('"', "").split())
    return found


def without_installing(commands: str) -> str:
    """The commands, where all is installed already."""
    return re.sub(r"^(mkdir|python3 -m venv|\. \.venv|pip install|npm install) ?.*\n", "", commands, flags=re.M)
