"""docs/api.md shows every operation of the schema, in every language. (`make clients` runs what it shows.)"""

import re

import pytest
from graphql import FieldNode, GraphQLSchema, OperationDefinitionNode, build_schema, parse, validate
from support.pages.api_page import LANGUAGES, PAGE, documents, snippets
from support.processes import ROOT

SCHEMA: GraphQLSchema = build_schema((ROOT / "schema.graphql").read_text())
ROOTS = [SCHEMA.query_type, SCHEMA.mutation_type, SCHEMA.subscription_type]
OPERATIONS = {name for root in ROOTS if root for name in root.fields}
HEADINGS = list(dict.fromkeys(one.heading for one in snippets()))


def asked(document: str) -> set[str]:
    """The fields of Query, Mutation or Subscription that a document asks for."""
    (operation,) = parse(document).definitions
    assert isinstance(operation, OperationDefinitionNode)
    return {one.name.value for one in operation.selection_set.selections if isinstance(one, FieldNode)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_operation_is_shown_in_every_language(language):
    assert set().union(*map(asked, documents(language))) == OPERATIONS


def test_what_is_shown_is_valid():
    assert [error for one in documents("bash") for error in validate(SCHEMA, parse(one))] == []


@pytest.mark.parametrize("heading", HEADINGS)
def test_under_a_heading_every_language_asks_for_the_same(heading):
    below = [one for one in snippets() if one.heading == heading]
    assert [one.language for one in below] == list(LANGUAGES)
    assert below[0].documents == below[1].documents == below[2].documents
    if heading in OPERATIONS:
        assert any(heading in asked(document) for document in below[0].documents)


def test_the_table_on_top_leads_to_every_operation_and_nowhere_else():
    table = re.findall(r"\[`(\w+)`\]\(#(\w+)\)", PAGE.partition("\n## ")[0])
    assert sorted(name for name, _ in table) == sorted(OPERATIONS)
    assert all(anchor == name.lower() for name, anchor in table)
    assert set(HEADINGS) >= OPERATIONS
