"""docs/refusals.md, read: answers of platforms, whose fault each of them is, and what becomes of it."""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

PAGE = (Path(__file__).parents[3] / "docs" / "refusals.md").read_text()


class Row(NamedTuple):
    """One answer, and what it means; what is in no column is an empty string."""

    platform: str
    operation: str
    status: int
    body: Any
    whose: str
    told: tuple[str, ...]  # the publication's status and code, or the code of the client's error
    account: str
    state: str  # of the platform
    source: str

    @property
    def fault(self) -> dict[str, Any]:
        """The answer, as the sandbox is told to give it."""
        return {"status": self.status, "body": self.body, "times": 1000}

    @property
    def waits(self) -> bool:
        """Whether the publication is sent later, by itself."""
        return self.told[0] == "SCHEDULED"


class ProxyRow(NamedTuple):
    """What a proxy answers in place of connecting us, and what it means for a publication and for a refresh."""

    status: int
    whose: str
    told: tuple[str, ...]
    attempts: int
    state: str  # of the platform
    refreshing: str  # of the platform, where the token had to be refreshed first


def read_proxy_rows() -> list[ProxyRow]:
    """The rows of the table of what a proxy answers."""
    section = PAGE.partition("\n## A proxy on the way\n")[2].partition("\n## ")[0]
    cells = [line.strip("| ").split(" | ") for line in re.findall(r"^\| \d.*$", section, re.MULTILINE)]
    return [
        ProxyRow(int(status), whose, _quoted(told), int(attempts), state, refreshing)
        for status, whose, told, attempts, state, refreshing in cells
    ]


def read_rows() -> list[Row]:
    """All rows of the page's tables of answers."""
    sections = re.findall(r"^## (X|LinkedIn): (.+)\n((?:(?!^## ).*\n?)*)", PAGE, re.MULTILINE)
    return [
        _row(platform.upper(), operation, line)
        for platform, operation, text in sections
        for line in re.findall(r"^\| \d.*$", text, re.MULTILINE)
    ]


def name(row: Row) -> str:
    """The row's name in a list of tests."""
    return f"{row.platform} {row.operation} {row.status} {json.dumps(row.body)[-60:]}"


def _row(platform: str, operation: str, line: str) -> Row:
    status, body, whose, told, *where, source = line.strip("| ").split(" | ")
    account, state = where or ("", "")
    return Row(platform, operation, int(status), _body(body), whose, _quoted(told), account, state, source)


def _body(cell: str) -> Any:
    quoted = cell.strip("`")
    if quoted == cell:
        return ""
    try:
        return json.loads(quoted)
    except ValueError:
        return quoted


def _quoted(cell: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([^`]+)`", cell))


ROWS = read_rows()


def of(*operations: str) -> list[Row]:
    """The rows of these operations."""
    return [row for row in ROWS if row.operation in operations]
