"""Where we read graphql-core's English: what the installed version says is what the expressions in errors.py expect.

An upgrade that words an error differently fails here, by the name of the sentence. What is at stake: the extensions
`field` and `limit`, and that no error quotes a value, which may be a platform's token.
"""

from typing import Any

import pytest
from graphql import GraphQLError, GraphQLSyntaxError, build_schema, execute, parse, validate

from perennial.api.graphql.extensions._value_places import ValuePlaces
from perennial.api.graphql.extensions.error_codes import translate

SCHEMA = build_schema(
    """
    enum Colour { RED GREEN }
    input Line { text: String!, colour: Colour, width: Int, id: ID, bold: Boolean, size: Float }
    type Query { draw(input: Line, lines: [Line!]): String }
    """
)
SECRET = "s3cr3t"
AS_VARIABLE = "query ($input: Line) { draw(input: $input) }"


def errors_of(document: str, **variables: Any) -> list[GraphQLError]:
    """What graphql-core finds wrong, when it validates or when it executes."""
    try:
        parsed = parse(document, max_lexical_tokens=50, max_comments=20, max_source_length=8_000)
    except GraphQLSyntaxError as error:
        return [error]
    found = validate(SCHEMA, parsed)
    if not found:
        result: Any = execute(SCHEMA, parsed, variable_values=variables)
        found = result.errors or []
    places = ValuePlaces(parsed)
    return [translate(error, places, may_have_written=False) for error in found] if found else []


# What is wrong with an input, written as a literal, and given as a variable; the field; the sentence that is left.
VALUES = [
    ("{}", {}, "text", "Expected value of type 'Line' to include required field 'text'"),
    (f'{{text: "", bolt: "{SECRET}"}}', {"text": "", "bolt": SECRET}, "bolt",
     "Expected value of type 'Line' not to include unknown field 'bolt'. Did you mean 'bold'?"),
    (f'{{text: "", zzzzzz: "{SECRET}"}}', {"text": "", "zzzzzz": SECRET}, "zzzzzz",
     "Expected value of type 'Line' not to include unknown field 'zzzzzz'"),
    (f'"{SECRET}"', SECRET, "input", "Expected value of type 'Line' to be an object"),
    (f'{{text: ["{SECRET}"]}}', {"text": [SECRET]}, "text", "String cannot represent a non string value"),
    (f'{{text: "", width: "{SECRET}"}}', {"text": "", "width": SECRET}, "width",
     "Int cannot represent non-integer value"),
    (f'{{text: "", bold: "{SECRET}"}}', {"text": "", "bold": SECRET}, "bold",
     "Boolean cannot represent a non boolean value"),
    (f'{{text: "", size: "{SECRET}"}}', {"text": "", "size": SECRET}, "size",
     "Float cannot represent non numeric value"),
    (f'{{text: "", colour: "{SECRET}"}}', {"text": "", "colour": [SECRET]}, "colour",
     "Enum 'Colour' cannot represent non-"),
    (f'{{text: "", colour: {SECRET}}}', {"text": "", "colour": SECRET}, "colour",
     "The value does not exist in 'Colour' enum."),
    ('{text: "", colour: null, width: null, id: {a: 1}}', {"text": "", "id": {"a": 1}}, "id", "ID cannot represent "),
    ("{text: null}", {"text": None}, "text", "Expected value of non-null type 'String!' not to be null."),
]  # fmt: skip


@pytest.mark.parametrize(("literal", "variable", "field", "words"), VALUES)
def test_a_wrong_value_has_its_field_and_is_not_quoted(literal: str, variable: Any, field: str, words: str):
    (written,) = errors_of(f"{{ draw(input: {literal}) }}")
    (given,) = errors_of(AS_VARIABLE, input=variable)
    for error in (written, given):
        assert error.extensions == {"code": "BAD_USER_INPUT", "field": field}
        assert words in error.message
        assert SECRET not in error.message


def test_a_place_in_a_list_is_part_of_the_field():
    line = {"text": "", "width": SECRET}
    (given,) = errors_of("query ($v: [Line!]) { draw(lines: $v) }", v=[{"text": ""}, line])
    (written,) = errors_of(f'{{ draw(lines: [{{text: ""}}, {{text: "", width: "{SECRET}"}}]) }}')
    assert (given.extensions or {})["field"] == "1.width"
    assert (written.extensions or {})["field"] == "lines.1.width"


@pytest.mark.parametrize(
    ("lines", "fields"),
    [
        ("[{}, {}]", ["lines.0.text", "lines.1.text"]),
        ("[{width: 1}, {width: 1}]", ["lines.0.text", "lines.1.text"]),
        ('[{text: "", width: "a"}, {text: "", width: "a"}]', ["lines.0.width", "lines.1.width"]),
        ("[{text: [1]}, {text: [1]}]", ["lines.0.text", "lines.1.text"]),
        ("[{text: {a: 1}}, {text: {a: 1}}]", ["lines.0.text", "lines.1.text"]),
    ],
)
def test_equal_values_at_two_places_have_each_its_own_field(lines: str, fields: list[str]):
    errors = errors_of(f"{{ draw(lines: {lines}) }}")
    assert [(error.extensions or {})["field"] for error in errors] == fields


def test_a_number_that_python_does_not_read_is_told_in_our_words():
    (error,) = errors_of('{ draw(input: {text: "", width: ' + "9" * 5_000 + "}) }")
    assert error.message == "Expected value of type 'Int': the number is too long."


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (f"{{ draw(input {SECRET}) }}", "Syntax Error: Expected ':', found Name."),
        (f'{{ draw(input "{SECRET}") }}', "Syntax Error: Expected ':', found String."),
        (f'{{ draw(input """{SECRET}""") }}', "Syntax Error: Expected ':', found BlockString."),
        (SECRET, "Syntax Error: Unexpected Name."),
        ("{ 71.5 }", "Syntax Error: Expected Name, found Float."),
        ("{ draw( }", "Syntax Error: Expected Name, found '}'."),
        ("{ draw", "Syntax Error: Expected Name, found <EOF>."),
        ('{ draw(input: "a) }', "Syntax Error: Unterminated string."),
    ],
)
def test_a_syntax_error_names_the_kind_of_the_token_and_not_the_token(document: str, words: str):
    (error,) = errors_of(document)
    assert translate(error, None, may_have_written=False).message == words


@pytest.mark.parametrize(
    ("document", "limit", "most"),
    [
        ("{" + " draw" * 51 + " }", "tokens", 50),
        ("#\n" * 21 + "{ draw }", "comments", 20),
        ("{ draw }" + " " * 8_000, "length", 8_000),
    ],
)
def test_a_limit_of_the_parser_has_a_name(document: str, limit: str, most: int):
    (error,) = errors_of(document)
    assert translate(error, None, may_have_written=False).extensions == {
        "code": "BAD_REQUEST",
        "limit": limit,
        "max": most,
    }
