"""Every statement of queues/ and posts/ that is written by hand and changes what is an owner's names the owner."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import perennial

SOURCE = Path(perennial.__file__).parent
WRITES = re.compile(r"\b(UPDATE \w+( AS \w+)? SET|DELETE FROM)\b")


def statements() -> Iterator[str]:
    """Those that change rows of queues or of posts, without what is put into them."""
    for path in (*SOURCE.joinpath("queues").rglob("*.py"), *SOURCE.joinpath("posts").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.Call) and WRITES.search(ast.unparse(node)):
                yield ast.unparse(node)


def test_whoever_changes_rows_of_queues_or_posts_says_whose_they_are() -> None:
    found = list(statements())
    assert len(found) >= 4
    assert [one for one in found if "clerk_user_id" not in one] == []
