"""docs/moving-from-0.1.md names what breaks a client of 0.1, and every operation that is new since."""

import re

from graphql import build_schema, find_schema_changes
from graphql.utilities import BreakingChangeType
from support.pages.reference import SCHEMA, operations
from support.processes import ROOT
from support.schema_changes import coordinate

OLD = build_schema((ROOT / "docs/schema-0.1.graphql").read_text())
PAGE = (ROOT / "docs/moving-from-0.1.md").read_text()
NAMED = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", PAGE))))


def breaks() -> set[str]:
    """The coordinates of what breaks, without arguments."""
    found = [one for one in find_schema_changes(OLD, SCHEMA) if isinstance(one.type, BreakingChangeType)]
    return {coordinate(one, OLD, SCHEMA).partition("(")[0] for one in found}


def test_whatever_breaks_a_client_is_named():
    assert {one.rpartition(".")[2] for one in breaks()} - NAMED == set()


def test_a_mutation_that_breaks_has_its_row_with_both_forms():
    rows = re.findall(r"^\| `(\w+)\(.*?` \| `(\w+)\(input: .*` \|$", PAGE, re.MULTILINE)
    assert {one.removeprefix("Mutation.") for one in breaks() if one.startswith("Mutation.")} <= dict(rows).keys()
    assert [before for before, _ in rows] == [after for _, after in rows]


def test_every_operation_that_is_new_is_named():
    old = [one for root in (OLD.query_type, OLD.mutation_type, OLD.subscription_type) if root for one in root.fields]
    assert set(operations()) - set(old) - NAMED == set()
