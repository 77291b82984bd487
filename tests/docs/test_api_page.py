"""docs/api.md has every operation of the schema in its place. (`make clients` runs its examples.)"""

import re
from datetime import timedelta

import pytest
from graphql import FieldNode, OperationDefinitionNode, parse, validate
from graphql.execution import get_variable_values
from support.pages.api_page import TEXT, Example, documents, examples
from support.pages.api_story import is_shown, named, time_of
from support.pages.reference import SCHEMA, operations, placed, without_blocks, written
from support.story import soon

from perennial.core.instants import instant

HOW = "write `<!-- operation {} -->` and `<!-- end -->` where it belongs, an example below them, and `make schema`"
EXAMPLES = [one for one in examples() if one.language == "graphql"]
EACH = pytest.mark.parametrize("example", EXAMPLES, ids=[one.heading for one in EXAMPLES])


def operation_of(example: Example) -> OperationDefinitionNode:
    (operation,) = parse(example.code).definitions
    assert isinstance(operation, OperationDefinitionNode)
    return operation


def asked(example: Example) -> set[str]:
    """The fields of Query, Mutation or Subscription that the document asks for."""
    return {one.name.value for one in operation_of(example).selection_set.selections if isinstance(one, FieldNode)}


@pytest.mark.parametrize("name", operations())
def test_every_operation_has_one_place_and_an_example_there(name):
    assert placed(TEXT).count(name) == 1, HOW.format(name)
    assert any(one.heading == name and name in asked(one) for one in EXAMPLES), HOW.format(name)


def test_the_page_says_what_the_schema_says():
    assert written(TEXT) == TEXT, "docs/api.md is stale: `make schema`"


def test_no_two_headings_have_one_anchor():
    headings = re.findall(r"^##+ (.+)$", TEXT, re.MULTILINE)
    assert len({one.strip("`").lower() for one in headings}) == len(headings)


def test_a_block_that_is_not_filled_yet_or_is_stale_is_written_anew():
    filled = written("<!-- operation deletePost -->\n<!-- end -->\n\nMine.\n")
    assert "### `deletePost`" in filled
    assert "`NOT_FOUND`" in filled
    assert filled.endswith("<!-- end -->\n\nMine.\n")
    assert written(filled.replace("Deletes", "Keeps")) == filled
    assert without_blocks(filled) == "### deletePost\n\nMine.\n"


@EACH
def test_an_example_is_valid_and_so_are_its_variables(example):
    assert validate(SCHEMA, parse(example.code)) == []
    variables = operation_of(example).variable_definitions or ()
    assert set(example.variables) <= {one.variable.name.value for one in variables}
    assert not isinstance(get_variable_values(SCHEMA, variables, example.variables), list)


def test_a_name_stands_for_one_document():
    names = {(name.value if (name := operation_of(one).name) else None, one.code) for one in EXAMPLES}
    assert None not in {name for name, _ in names}
    assert len(names) == len({name for name, _ in names}) == len(set(documents()))


def test_no_block_of_code_is_overlooked():
    blocks = re.findall(r"^```(\w+)$", without_blocks(TEXT), re.MULTILINE)
    assert set(blocks) == {"bash", "graphql", "json"}
    shown = [bool(one.variables) + bool(one.answer) for one in examples()]
    assert len(blocks) == len(examples()) + sum(shown)


ANSWERED = {"data": {"a": {"id": "1", "list": [{"b": 1, "c": 2}, None]}}}


@pytest.mark.parametrize(
    ("shown", "is_right"),
    [
        (None, True),
        ({"data": {"a": {"list": [{"b": 1}, None]}}}, True),
        ({"data": {"a": {"list": [{"b": 1}]}}}, False),
        ({"data": {"a": {"list": [{"b": 2}, None]}}}, False),
        ({"data": {"a": {"other": None}}}, False),
        ({"data": {"a": {"id": "1"}}, "errors": [{}]}, False),
    ],
)
def test_an_answer_is_compared_with_what_the_page_shows_of_it(shown, is_right):
    example = Example("", "", "graphql", "{ a }", {}, shown)
    assert is_shown(example, ANSWERED) == is_right
    assert not is_shown(example, ANSWERED | {"errors": [{}, {}]})


def test_names_in_angle_brackets_are_those_of_answers_before_and_times():
    publications = [{"id": "2", "platform": "X"}, {"id": "3", "platform": "LINKEDIN"}]
    found = dict(named({"data": {"createPost": {"copy": {"id": "1", "publications": publications}}}}))
    assert (found["copy"], found["publication on X"], found["publication on LinkedIn"]) == ("1", "2", "3")
    hour = timedelta(hours=1)
    assert instant(soon(0) + hour) <= str(time_of("<in an hour>")) <= instant(soon(60) + hour)
    assert instant(soon(0) - 2 * hour) <= str(time_of("<2 hours ago>")) <= instant(soon(60) - 2 * hour)
    assert time_of("<copy>") is None
