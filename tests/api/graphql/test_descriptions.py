"""The schema explains itself: whatever of it can have a description has one, and what it says is true of the code."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLSchema,
    build_schema,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
)

from perennial.api.graphql.schema import schema
from perennial.core.errors import ErrorCode
from perennial.queues.recurrence import reasons

CODES = set(ErrorCode)
REASONS_OF_QUEUES = {
    reasons.MAX_EXECUTIONS_REACHED,
    reasons.ORIGINAL_POST_DELETED,
    reasons.ENDED,
    reasons.PAUSED_WITH_ALL,
    reasons.REPEATED_FAILURES,
    reasons.DUPLICATE_CONTENT,
    reasons.RESTORED,
}
OURS = build_schema(schema.as_str())
BARE = """
    directive @dear(cost: Int) on FIELD_DEFINITION
    interface Thing { id: ID! }
    type Plant implements Thing { id: ID!, name(short: Boolean): String }
    union Any = Plant
    enum Season { SPRING }
    scalar Time
    input Wish { when: Time = null, season: Season }
    type Query { plant(wish: Wish): Any }
"""


def described(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """The coordinate of everything in the schema that is not GraphQL's own, with its description."""
    for name, kind in schema.type_map.items():
        if not (is_introspection_type(kind) or is_specified_scalar_type(kind)):
            yield name, kind.description
            yield from _members(name, kind)
    for directive in schema.directives:
        if not is_specified_directive(directive):
            yield f"@{directive.name}", directive.description
            yield from _arguments(f"@{directive.name}", directive.args)


def _members(name: str, kind: Any) -> Iterator[tuple[str, str | None]]:
    members = getattr(kind, "fields", None) or getattr(kind, "values", {})
    for member, value in members.items():
        yield f"{name}.{member}", value.description
        yield from _arguments(f"{name}.{member}", getattr(value, "args", {}))


def _arguments(owner: str, arguments: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    return ((f"{owner}({name}:)", argument.description) for name, argument in arguments.items())


def test_everything_has_a_description() -> None:
    lacking = [coordinate for coordinate, words in described(OURS) if not (words and words.strip())]
    assert not lacking, f"Without a description: {', '.join(lacking)}"


def test_nothing_that_lacks_one_is_overlooked() -> None:
    lacking = {coordinate for coordinate, words in described(build_schema(BARE)) if not words}
    assert lacking == {
        *("@dear", "@dear(cost:)", "Thing", "Thing.id", "Plant", "Plant.id", "Plant.name", "Plant.name(short:)", "Any"),
        *("Season", "Season.SPRING", "Time", "Wish", "Wish.when", "Wish.season"),
        *("Query", "Query.plant", "Query.plant(wish:)"),
    }


def test_descriptions_are_sentences() -> None:
    sentences = re.compile(r"[A-Z].*[^.]\.", re.DOTALL)
    assert not [coordinate for coordinate, words in described(OURS) if not sentences.fullmatch(words or "")]


def test_every_name_that_a_description_quotes_is_in_the_schema() -> None:
    known = {name for coordinate, _ in described(OURS) for name in re.findall(r"\w+", coordinate)}
    of_the_token = {"sub"}
    quoted = {(one, where) for where, words in described(OURS) for one in re.findall(r"`(\w+)`", words or "")}
    assert not {(name, where) for name, where in quoted if name not in known | of_the_token}


def test_days_are_called_days_and_times_are_said_to_be_in_utc_with_milliseconds() -> None:
    said = dict(described(OURS))
    intervals = [coordinate for coordinate in said if coordinate.endswith(".interval")]
    assert len(intervals) == 3
    assert all("days" in (said[one] or "").lower() for one in intervals)
    assert {"UTC", "milliseconds", "offset"} <= set(re.findall(r"\w+", said["DateTime"] or ""))


def test_every_mutation_names_its_errors_by_codes_of_the_closed_list() -> None:
    for coordinate, words in described(OURS):
        if re.fullmatch(r"Mutation\.\w+", coordinate):
            errors = (words or "").partition("Errors: ")[2]
            named = set(re.findall(r"\b[A-Z]{2,}(?:_[A-Z]+)+\b|\bCONFLICT\b", errors))
            assert named, f"{coordinate} names no error"
            assert named <= CODES, coordinate


def test_the_reasons_of_queues_are_named_and_no_others() -> None:
    words = dict(described(OURS))["RecurringQueue.statusReason"] or ""
    named = set(re.findall(r"\b(?:[A-Z]+_[A-Z_]+|ENDED|RESTORED)\b", words))
    assert named == REASONS_OF_QUEUES
