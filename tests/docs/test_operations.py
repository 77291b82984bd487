"""The GraphQL that the documents show is valid against the schema."""

import re
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

ROOT = Path(__file__).parents[2]
SCHEMA = build_schema((ROOT / "schema.graphql").read_text())
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SHOWN = [
    pytest.param(document, id=f"{page.name}: {' '.join(document.split())[:40]}")
    for page in PAGES
    for blocks in [re.findall(r"^```(?:bash|graphql)\n.*?^```$", page.read_text(), re.MULTILINE | re.DOTALL)]
    for block in blocks
    for found in re.findall(r"\bask '([^']+)'|^```graphql\n(.*?)^```$", block, re.MULTILINE | re.DOTALL)
    for document in found
    if document
]


@pytest.mark.parametrize("document", SHOWN)
def test_an_operation_that_is_shown_is_valid(document):
    assert validate(SCHEMA, parse(document)) == []


def test_operations_are_found_at_all():
    assert len(SHOWN) >= 12
