"""What the pool may run a second time: a SELECT, because none of ours leaves anything behind."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import perennial

SOURCE = Path(perennial.__file__).parent
# Without an effect, or with one that ends with the transaction or the session.
HARMLESS = {
    *("array_agg", "coalesce", "count", "json_each", "max", "min", "row_number", "substr", "sum", "unnest"),
    *("clock_timestamp", "current_schema", "current_setting", "to_regclass", "pg_is_in_recovery", "pg_backend_pid"),
    *("hashtextextended", "has_schema_privilege", "has_table_privilege"),
    *("set_config", "pg_advisory_xact_lock", "pg_try_advisory_xact_lock"),
}


def _texts(tree: ast.Module) -> Iterator[str]:
    """All that is written in a module, with `{}` for what is only known when it runs."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_no_select_of_ours_calls_a_function_that_may_have_an_effect() -> None:
    found: dict[str, set[str]] = {}
    for path in SOURCE.rglob("*.py"):
        for text in _texts(ast.parse(path.read_text())):
            if text.lstrip().startswith("SELECT"):
                for name in re.findall(r"\b([a-z_]\w*)\(", text):
                    found.setdefault(name, set()).add(path.relative_to(SOURCE).as_posix())
    assert {name: where for name, where in found.items() if name not in HARMLESS} == {}
    assert set(found) == HARMLESS
