"""docs/api.md taken apart: its snippets, and the operations in them."""

import re
from typing import NamedTuple

from support.processes import ROOT

PAGE = (ROOT / "docs/api.md").read_text()
LANGUAGES = ("bash", "python", "ts")

_HEADINGS_AND_SNIPPETS = re.compile(r"^##+ (?P<heading>[^\n]+)$|^```(?P<language>\w+)\n(?P<code>.*?)^```$", re.M | re.S)
_INSTALL = re.compile(r"`npm install ([\w @/-]+)`")
_RUN = re.compile(r"`(npx tsx (\S+))`")
_DOCUMENT = re.compile(r'"((?:query|mutation|subscription) [^"]*)"')


class Snippet(NamedTuple):
    """A block of code, under the heading that it stands below."""

    heading: str
    language: str
    code: str

    @property
    def documents(self) -> list[str]:
        """The operations that it asks for."""
        return _DOCUMENT.findall(self.code)


def snippets() -> list[Snippet]:
    """All of the page's, in its order."""
    found, heading = [], ""
    for match in _HEADINGS_AND_SNIPPETS.finditer(PAGE):
        heading = match["heading"] or heading
        if match["language"]:
            found.append(Snippet(heading.strip("`"), match["language"], match["code"]))
    return found


def story(language: str) -> str:
    """The language's snippets as one program, as somebody has it who copies one after the other."""
    return "\n".join(one.code for one in snippets() if one.language == language)


def documents(language: str) -> list[str]:
    """All operations that the language's snippets ask for."""
    return [document for one in snippets() if one.language == language for document in one.documents]


def npm_packages() -> list[str]:
    """What the page has its reader install for TypeScript."""
    (found,) = _INSTALL.findall(PAGE)
    return str(found).split()


def typescript_command() -> tuple[list[str], str]:
    """The command that runs the story in TypeScript, and the name of the file that it runs."""
    ((command, file),) = _RUN.findall(PAGE)
    return str(command).split(), str(file)
